import { BROKEN_OFF, chunked, get, post, type RequestCase } from './request-case.ts'

const whole = get('X-Last: value\r\n')
/** Ends within the method, target, version, a name, a value and the last line end. */
const HEADS = [2, 5, 12, 18, 31, whole.length - 2, whole.length - 1]

const BODIES: [string, string][] = [
  ['no byte of a length', post('Content-Length: 3\r\n', '')],
  ['a part of a length', post('Content-Length: 3\r\n', 'ab')],
  ['no chunk', chunked('')],
  ['a size', chunked('3')],
  ['the line of a size', chunked('3\r\n')],
  ['a part of a chunk', chunked('3\r\nab')],
  ['a chunk without its end', chunked('3\r\nabc')],
  ['a chunk with half of its end', chunked('3\r\nabc\r')],
  ['chunks without a last one', chunked('3\r\nabc\r\n')],
  ['the last size', chunked('3\r\nabc\r\n0')],
  ['the line of the last size', chunked('3\r\nabc\r\n0\r\n')],
  ['half of the end', chunked('3\r\nabc\r\n0\r\n\r')],
  ['a part of a trailer', chunked('3\r\nabc\r\n0\r\nX: y')],
  ['trailers without their end', chunked('3\r\nabc\r\n0\r\nX: y\r\n')],
]

/** RFC 9112 8: a message that breaks off is not whole, however well it began. */
export const TRUNCATED_CASES: RequestCase[] = [
  ...HEADS.map((length): RequestCase => ({ name: `RFC 9112 8: the client ends after ${length} bytes of a head`, bytes: whole.slice(0, length), ends: true, verdict: BROKEN_OFF })),
  ...BODIES.map(([what, bytes]): RequestCase => ({ name: `RFC 9112 8: the client ends after ${what}`, bytes, ends: true, verdict: BROKEN_OFF })),
]
