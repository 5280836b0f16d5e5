import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../limits.ts'
import { collectBody } from '../listener/body-collector.ts'
import { BodyReader } from '../listener/body-reader.ts'
import type { BodySink } from './client-side.ts'
import { Exchange, type RequestBody } from './exchange.ts'
import { exchangeFixture } from './testing/exchange.ts'

const PIECES = ['aaaa', 'bbbb', 'cccc']

/** A chunked body that is on the wire already, read as a listener reads it. */
function arrived(pieces: readonly string[]): { body: RequestBody; start(sink: BodySink): void } {
  const reader = new BodyReader(null, DEFAULT_LIMITS.listener)
  const wire = Buffer.from(`${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`)
  let taken = 0
  const start = (sink: BodySink) => {
    reader.start(sink)
    if (reader.isWanted && taken < wire.byteLength) taken = reader.take({ buffer: wire, from: taken, to: wire.byteLength, isShared: false })
  }
  const read = (maxBytes: number) => collectBody(reader, start, { maxBytes, keepsTrailers: false })
  return { body: { present: true, read }, start }
}

const exchangeOver = (body: RequestBody) => new Exchange(exchangeFixture().head, body)
const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())

describe('the body for plugins', () => {
  test('is given to a second plugin that takes more than the first did', async () => {
    const exchange = exchangeOver(arrived(PIECES).body)
    expect(await exchange.body(5)).toBeNull()
    expect(await exchange.body(9)).toBeNull()
    expect(textOf(await exchange.body(12))).toBe('aaaabbbbcccc')
    expect(textOf(exchange.heldBody)).toBe('aaaabbbbcccc')
  })

  test('is not given to one that takes less than the first did', async () => {
    const exchange = exchangeOver(arrived(PIECES).body)
    expect(textOf(await exchange.body(100))).toBe('aaaabbbbcccc')
    expect(await exchange.body(11)).toBeNull()
    expect(textOf(await exchange.body(12))).toBe('aaaabbbbcccc')
  })

  test('streams on whole after any number of plugins that took less', async () => {
    const { body, start } = arrived(PIECES)
    const exchange = exchangeOver(body)
    for (const maxBytes of [0, 5, 3, 9]) expect(await exchange.body(maxBytes)).toBeNull()
    const streamed: string[] = []
    await new Promise<void>((resolve, reject) => start({ onBody: (piece) => streamed.push(piece.toString()) > 0, onBodyEnd: () => resolve(), onBodyFailed: reject }))
    expect(streamed.join('')).toBe('aaaabbbbcccc')
  })

  test('is read once where two ask at the same time', async () => {
    const exchange = exchangeOver(arrived(PIECES).body)
    expect((await Promise.all([exchange.body(5), exchange.body(12), exchange.body(100)])).map(textOf)).toEqual([null, 'aaaabbbbcccc', 'aaaabbbbcccc'])
  })

  test('is what a plugin wrote in its place', async () => {
    const exchange = exchangeOver(arrived(PIECES).body)
    await exchange.body(100)
    exchange.setBody(Buffer.from('other'))
    expect(textOf(await exchange.body(5))).toBe('other')
    expect(await exchange.body(4)).toBeNull()
  })

  test('is empty where the request has none', async () => {
    expect(textOf(await exchangeFixture().body(0))).toBe('')
  })
})

test('of several limits of a streaming body the smallest counts', () => {
  const exchange = exchangeFixture()
  for (const maxBytes of [500, 20, 100]) exchange.limitBody(maxBytes)
  expect(exchange.bodyBytesMax).toBe(20)
})
