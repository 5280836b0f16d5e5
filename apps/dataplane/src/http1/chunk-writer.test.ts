import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_END, chunkStart, LAST_CHUNK } from './chunk-writer.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'

test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('a chunk of %s bytes is none', (bytes) => {
  expect(() => chunkStart(bytes)).toThrow(RangeError)
})

test('what is written is read as it was, and ends where it ends', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (pieces) => {
      const bytes = Buffer.concat([
        ...pieces.flatMap((piece) => [Buffer.from(chunkStart(piece.byteLength)), piece, Buffer.from(CHUNK_END)]),
        Buffer.from(LAST_CHUNK),
        Buffer.from('rest'),
      ])
      const read: Buffer[] = []
      const end = new ChunkedDecoder().decode(bytes, 0, bytes.byteLength, (data) => read.push(Buffer.from(data)))
      expect(bytes.toString('latin1', end)).toBe('rest')
      expect(Buffer.concat(read).equals(Buffer.concat(pieces))).toBe(true)
    }),
  )
})
