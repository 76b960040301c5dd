// The pool, and the record of what ran on it.
import pg from 'pg'
import { encodeTime } from './wire.js'

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, encodeTime) // a Date has no microseconds
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const pool = new pg.Pool({
  connectionString: process.env.WEFT_DATABASE_URL,
  max: Number(process.env.WEFT_DATABASE_MAX_CONNS),
  idleTimeoutMillis: 0, // none is closed while another server is measured
  options: '-c TimeZone=UTC',
})

const known = new Map()

// prepared returns the one statement with this text; its name has the driver
// prepare it once on each connection.
export function prepared(text) {
  let statement = known.get(text)
  if (!statement) {
    known.set(text, (statement = { name: `s${known.size}`, text }))
  }
  return statement
}

let ran = []

export async function run(statement, values) {
  if (ran.length < 1000) {
    ran.push(statement.text)
  }
  return (await pool.query({ ...statement, values })).rows
}

// statements returns what ran since it was last asked, a thousand at most.
export function statements() {
  const list = ran
  ran = []
  return list
}

const viewerByName = prepared(
  'SELECT u.id, u.role FROM users u WHERE u.username_key = $1',
)

// findViewer finds who the header of development names. As everywhere in the
// benchmark this is not among the statements of the operation.
export async function findViewer(name) {
  const found = await pool.query({ ...viewerByName, values: [name.toLowerCase()] })
  return found.rows[0]
}
