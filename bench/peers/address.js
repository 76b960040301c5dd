// address is where to listen, from the variable that the other servers read.
const { hostname, port } = new URL(`http://${process.env.WEFT_ADDR}`)

export const address = { host: hostname, port: Number(port) }
