import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareReadings } from '../../../../test/fuzz/compare-readings.ts'
import { Llhttp } from '../../../../test/fuzz/llhttp-reading.ts'
import { ownReading } from '../../../../test/fuzz/own-reading.ts'

/** Our parser beside the one of Node.js, over real sockets. */

const FUZZ_MS = 30_000
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31)
let llhttp: Llhttp

beforeAll(async () => {
  llhttp = await Llhttp.start()
})
afterAll(() => llhttp.stop())

const ask = (fields: string, body = '', line = 'POST /a HTTP/1.1') => `${line}\r\nHost: a\r\n${fields}\r\n${body}`
const answer = (fields: string, body = '', line = 'HTTP/1.1 200 OK') => `${line}\r\n${fields}\r\n${body}`

const SAME: ['request' | 'response', string, string][] = [
  ['request', 'RFC 9112 6.2: a length', ask('Content-Length: 3\r\n', 'abc')],
  ['request', 'RFC 9112 6.2: leading zeros', ask('Content-Length: 003\r\n', 'abc')],
  ['request', 'RFC 9112 7.1: chunks and trailers', ask('Transfer-Encoding: chunked\r\n', '3;a="b"\r\nabc\r\n0\r\nX: 1\r\n\r\n')],
  ['request', 'RFC 9112 3.2.3: authority-form', ask('', '', 'CONNECT a:1 HTTP/1.1')],
  ['request', 'RFC 9112 3.2.4: asterisk-form', ask('', '', 'OPTIONS * HTTP/1.1')],
  ['request', 'RFC 9110 5.5: blanks and high bytes', ask('X:\t a\xff \t\r\nY:\r\n', '', 'GET http://b/c HTTP/1.0')],
  ['response', 'RFC 9112 6.3: until close', answer('', 'abc\r\n')],
  ['response', 'RFC 9112 6.3: 304 with a length', answer('Content-Length: 3\r\n', '', 'HTTP/1.1 304 Not Modified')],
  ['response', 'RFC 9112 4: no reason', answer('Content-Length: 0\r\n', '', 'HTTP/1.1 200')],
  ['response', 'RFC 9110 15.2: 103, then 200', `${answer('Link: x\r\n', '', 'HTTP/1.1 103 Early Hints')}${answer('Content-Length: 1\r\n', 'a')}`],
  ['response', 'RFC 9112 7.1: chunks', answer('Transfer-Encoding: chunked\r\n', '1\r\na\r\n0\r\n\r\n')],
]

describe('what is legal is read as llhttp reads it', () => {
  test.each(SAME)('%s, %s', async (kind, _, text) => {
    const own = ownReading(text, kind, 1)
    const other = await llhttp.read(text, kind)
    expect({ ...own, end: 0 }).toEqual({ ...other, end: 0 })
    expect([own.verdict, own.end]).toEqual(['complete', text.length])
  })
})

const BOTH_REFUSE: [string, string][] = [
  ['RFC 9112 6.3: length and coding', ask('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['RFC 9112 6.3: two lengths', ask('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd')],
  ['RFC 9112 6.1: chunked is not the last coding', ask('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n')],
  ['RFC 9112 2.2: a bare LF', ask('X: a\nY: b\r\n')],
  ['RFC 9112 5.1: a blank before the colon', ask('X : a\r\n')],
  ['RFC 9112 7.1: a size with a sign', ask('Transfer-Encoding: chunked\r\n', '+3\r\nabc\r\n0\r\n\r\n')],
  ['RFC 9110 5.5: NUL in a value', ask('X: a\0b\r\n')],
]

// Shows that the referee can say no: a referee that takes everything would find no fault.
test.each(BOTH_REFUSE)('llhttp refuses too: %s', async (_, text) => {
  expect([(await llhttp.read(text, 'request')).verdict, ownReading(text, 'request', 1).verdict]).toEqual(['refused', 'refused'])
})

test(
  `of random messages none is taken that llhttp refuses or reads otherwise (seed ${seed})`,
  async () => {
    const { messages, accepted, refused, faults } = await compareReadings(llhttp, seed, performance.now() + FUZZ_MS)
    console.log(`http1 fuzz: seed ${seed}, ${messages} messages, ${accepted} read whole, ${refused} refused`)
    expect(faults).toEqual([])
    // Both verdicts came: neither a parser that takes nothing nor one that takes all would pass.
    expect(Math.min(accepted, refused)).toBeGreaterThan(0)
  },
  FUZZ_MS + 30_000,
)
