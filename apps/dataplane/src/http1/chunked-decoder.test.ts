import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHUNK_END, chunkStart, LAST_CHUNK } from './chunk-writer.ts'
import { CHUNKED_LIMITS, ChunkedDecoder } from './chunked-decoder.ts'
import { INCOMPLETE, REFUSED } from './head-parser.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

/** Decodes pieces of these lengths in turn, the last of them again and again, each in a buffer that is written over afterwards. */
function decodeInPieces(text: string, lengths: readonly number[]) {
  const bytes = bytesOf(text)
  const decoder = new ChunkedDecoder()
  let data = ''
  let from = 0
  let answer = INCOMPLETE
  for (let turn = 0; from < bytes.length && answer === INCOMPLETE; turn++) {
    const piece = Buffer.from(bytes.subarray(from, from + Math.max(1, lengths[Math.min(turn, lengths.length - 1)] ?? 1)))
    answer = decoder.decode(piece, 0, piece.length, (part) => {
      data += part.toString('latin1')
    })
    piece.fill(0)
    if (answer >= 0) answer += from
    from += piece.length
  }
  return { answer, data, bytes: decoder.bytes, trailers: decoder.trailers, error: decoder.error }
}

/** In one piece, and again split at every byte; both must come to the same. */
function decode(text: string) {
  const whole = decodeInPieces(text, [text.length])
  const single = decodeInPieces(text, [1])
  // Bytes of a chunk that is refused later come in both cases; where the refusal comes is the same byte.
  expect(single).toEqual(whole)
  return whole
}

describe('a chunked body is read', () => {
  test.each([
    ['RFC 9112 7.1: chunks', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'abcde'],
    ['RFC 9112 7.1: no chunk', '0\r\n\r\n', ''],
    ['RFC 9112 7.1: hex of either case', 'A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n', '01234567890123456789a'],
    ['RFC 9112 7.1: leading zeros', '0003\r\nabc\r\n0000\r\n\r\n', 'abc'],
    ['RFC 9112 7.1: data that looks like framing', '7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n\r\n'],
    ['RFC 9112 7.1.1: extensions are dropped', '3;a;b=c;d="e \\" ;f"\r\nabc\r\n0;last\r\n\r\n', 'abc'],
  ])('%s', (_, text, data) => {
    expect(decode(text)).toEqual({ answer: text.length, data, bytes: data.length, trailers: null, error: null })
  })

  test('what follows is left for the next message', () => {
    const body = '1\r\na\r\n0\r\n\r\n'
    expect(decodeInPieces(`${body}GET`, [100]).answer).toBe(body.length)
  })

  test('RFC 9112 7.1.2: trailers', () => {
    const { trailers, answer } = decode('1\r\na\r\n0\r\nX-Sum:  1 \r\nx-two: b\r\n\r\n')
    expect(answer).toBeGreaterThan(0)
    expect([trailers?.fieldCount, trailers?.get('x-sum'), trailers?.get('x-two')]).toEqual([2, '1', 'b'])
  })

  test('data is given as views of the buffer, not as copies', () => {
    const buffer = bytesOf('3\r\nabc\r\n0\r\n\r\n')
    const parts: Buffer[] = []
    new ChunkedDecoder().decode(buffer, 0, buffer.length, (part) => parts.push(part))
    expect(parts.map((part) => [part.buffer === buffer.buffer, part.toString()])).toEqual([[true, 'abc']])
  })

  test('a size of 2^53 - 1 is waited for', () => {
    expect(decode('1fffffffffffff\r\nabc')).toMatchObject({ answer: INCOMPLETE, data: 'abc', error: null })
  })
})

const SIZES = ['0x3', '+3', '-3', ' 3', '3 ', '\t3', '', 'g', '3g', '3,', '3.', 'fffffffffffffffff', '10000000000000003', '20000000000000', '3\x0b', '3\0', '"3"', '3 ;a', '3\x80']
const EXTENSIONS = [
  ';',
  ';=',
  ';a=',
  ';a b',
  '; a',
  ';a =b',
  ';a= b',
  ';a="',
  ';a="b',
  ';a="b"c',
  ';a=b=c',
  ';a;;b',
  ';a=b"',
  ';\0',
  ';a="\0"',
  ';a="\\\0"',
  ';a="\n"',
  ';\x80',
  ';a=\x80',
]

describe('a chunked body is refused', () => {
  test.each([
    ...SIZES.map((size): [string, string] => [`RFC 9112 7.1: the size ${JSON.stringify(size)}`, `${size}\r\nabc\r\n0\r\n\r\n`]),
    ...EXTENSIONS.map((extension): [string, string] => [`RFC 9112 7.1.1: the extension ${JSON.stringify(extension)}`, `3${extension}\r\nabc\r\n0\r\n\r\n`]),
    ['RFC 9112 7.1: a size that a bare LF ends', '3\nabc\r\n0\r\n\r\n'],
    ['RFC 9112 7.1: a size that a bare CR ends', '3\rabc\r\n0\r\n\r\n'],
    ['RFC 9112 7.1: longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['RFC 9112 7.1: shorter than its size', '3\r\nab\r\n0\r\n\r\n'],
    ['RFC 9112 7.1: data that a bare LF ends', '3\r\nabc\n0\r\n\r\n'],
    ['RFC 9112 7.1: data that CR without LF ends', '3\r\nabc\r0\r\n\r\n'],
    ['RFC 9112 7.1: the last chunk ends by a bare LF', '0\n\r\n'],
    ['RFC 9112 7.1: the body ends by a bare LF', '0\r\n\n'],
    ['RFC 9112 7.1: the body ends by CR without LF', '0\r\n\rX'],
    ['RFC 9112 7.1.2: a bare LF in a trailer', '0\r\nX: a\nY: b\r\n\r\n'],
    ['RFC 9112 7.1.2: a trailer without a colon', '0\r\nX\r\n\r\n'],
    ['RFC 9112 5.2: a folded trailer', '0\r\nX: a\r\n b\r\n\r\n'],
    ['RFC 9112 5.1: a blank before the colon of a trailer', '0\r\nX : a\r\n\r\n'],
    ['RFC 9110 6.5.1: Content-Length as a trailer', '0\r\nContent-Length: 3\r\n\r\n'],
    ['RFC 9110 6.5.1: Transfer-Encoding as a trailer', '0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['RFC 9110 6.5.1: Host as a trailer', '0\r\nHOST: a\r\n\r\n'],
    ['limit: an extension', `3;${'a'.repeat(CHUNKED_LIMITS.extensionBytesMax + 1)}\r\nabc\r\n0\r\n\r\n`],
  ])('%s', (_, text) => {
    expect(decode(text)).toMatchObject({ answer: REFUSED, trailers: null, error: 'bad_request' })
  })

  test.each([
    ['limit: bytes of trailers', `0\r\nX: ${'a'.repeat(CHUNKED_LIMITS.trailerBytesMax)}\r\n\r\n`],
    ['limit: trailers', `0\r\n${'X: a\r\n'.repeat(CHUNKED_LIMITS.trailersMax + 1)}\r\n`],
  ])('%s', (_, text) => {
    expect(decode(text)).toMatchObject({ answer: REFUSED, error: 'head_too_large' })
  })

  test('limit: an extension and trailers that are exactly as large as they may be are taken', () => {
    expect(decode(`1;${'a'.repeat(CHUNKED_LIMITS.extensionBytesMax - 1)}\r\na\r\n0\r\n\r\n`).error).toBeNull()
    expect(decode(`0\r\n${'X: a\r\n'.repeat(CHUNKED_LIMITS.trailersMax)}\r\n`).trailers?.fieldCount).toBe(CHUNKED_LIMITS.trailersMax)
  })

  test('nothing is read after a refusal', () => {
    const decoder = new ChunkedDecoder()
    const good = bytesOf('1\r\na\r\n0\r\n\r\n')
    expect(decoder.decode(bytesOf('x'), 0, 1, () => {})).toBe(REFUSED)
    expect(decoder.decode(good, 0, good.length, () => {})).toBe(REFUSED)
  })
})

const chunks = fc.array(fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 40 }), { maxLength: 6 })
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31)

test(`what the writer frames is read back, however it is split (seed ${seed})`, () => {
  console.log(`chunked-decoder: seed ${seed}`)
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(20), { minLength: 1, maxLength: 10 }), fc.boolean(), (parts, lengths, hasTrailer) => {
      const text = parts.map((part) => `${chunkStart(part.length)}${part}${CHUNK_END}`).join('') + (hasTrailer ? '0\r\nX-Sum: 1\r\n\r\n' : LAST_CHUNK)
      const read = decodeInPieces(text, lengths)
      expect(read.answer).toBe(text.length)
      expect(read.data).toBe(parts.join(''))
      expect(read.trailers?.get('x-sum') ?? null).toBe(hasTrailer ? '1' : null)
    }),
    { seed, numRuns: 300 },
  )
})
