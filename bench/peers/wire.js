// How ids and cursors are written, as Weft writes them.
import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { GraphQLError } from 'graphql'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

// Two digits for each number of ten bits.
const pairs = Array.from({ length: 1024 }, (_, n) => alphabet[n >> 5] + alphabet[n & 31])

// The value of a hexadecimal digit by its character's code.
const hexValues = Uint8Array.from({ length: 103 }, (_, code) => parseInt(String.fromCharCode(code), 16) || 0)

const hyphen = 45

// encodeId writes a TypeID: two zero bits and the 128 of the UUID, in 26 digits
// of five bits.
export function encodeId(prefix, uuid) {
  let text = prefix
  let bits = 0
  let waiting = 2
  for (let at = 0; at < uuid.length; at++) {
    const code = uuid.charCodeAt(at)
    if (code === hyphen) {
      continue
    }
    bits = (bits << 4) | hexValues[code]
    waiting += 4
    if (waiting >= 10) {
      waiting -= 10
      text += pairs[(bits >> waiting) & 1023]
    }
  }
  return text
}

export function decodeId(prefix, id) {
  const digits = id.slice(prefix.length)
  if (!id.startsWith(prefix) || !/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(digits)) {
    throw badInput('malformed id')
  }
  const bits = (from, to) => [...digits.slice(from, to)].reduce((n, digit) => n * 32 + alphabet.indexOf(digit), 0)
  let hex = bits(0, 2).toString(16).padStart(2, '0')
  for (let at = 2; at < 26; at += 4) {
    hex += bits(at, at + 4).toString(16).padStart(5, '0')
  }
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

// A cursor is the order, the time in microseconds as a signed varint, the id
// and a checksum.
const order = [2, 1] // by the time of publication, descending
const seed = crc32('Query.posts')

export function encodeCursor(post) {
  const raw = [...order]
  let rest = 2 * micros(post.published_at)
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    raw.push((rest % 128) | 128)
  }
  raw.push(rest)
  const body = Buffer.concat([Buffer.from(raw), Buffer.from(post.id.replaceAll('-', ''), 'hex')])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body, seed))
  return Buffer.concat([body, sum]).toString('base64url')
}

export function decodeCursor(text) {
  const raw = Buffer.from(text, 'base64url')
  const body = raw.subarray(0, -4)
  if (raw.length < 23 || raw.readUInt32BE(raw.length - 4) !== crc32(body, seed)) {
    throw badInput('malformed cursor')
  }
  const at = body.subarray(2, -16).reduceRight((n, byte) => n * 128 + (byte & 127), 0) / 2
  const second = new Date(Math.floor(at / 1e6) * 1000).toISOString().slice(0, 19)
  return { at: `${second}.${String(at % 1e6).padStart(6, '0')}Z`, id: body.subarray(-16).toString('hex') }
}

// micros reads a time as encodeTime writes it.
function micros(time) {
  return Date.parse(time.slice(0, 19) + 'Z') * 1000 + Number(time.slice(20, -1).padEnd(6, '0'))
}

// encodeTime makes RFC 3339 of what PostgreSQL writes in UTC.
export const encodeTime = (text) => text.replace(' ', 'T').replace('+00', 'Z')

export const badInput = (message) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
