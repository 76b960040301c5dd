import Fastify from 'fastify'
import mercurius from 'mercurius'
import { address } from './address.js'
import { newContext } from './context.js'
import { statements } from './database.js'
import { resolvers } from './resolvers.js'
import { typeDefs } from './schema.js'

const app = Fastify()
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  context: (request) => newContext(request.headers),
  jit: 1, // compile a document when it comes again
})
app.get('/statements', async () => statements())
await app.listen(address)
