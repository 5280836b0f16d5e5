import { describe, expect, test } from 'vitest'
import { Exchange } from './exchange.ts'
import { exchangeFixture } from './testing/exchange.ts'

/** An exchange with a body of so many bytes, and how often it was asked for. */
function exchangeWithBody(size: number): { exchange: Exchange; asked: number[] } {
  const asked: number[] = []
  const read = async (maxBytes: number) => {
    asked.push(maxBytes)
    return size > maxBytes ? null : new Uint8Array(size)
  }
  return { exchange: new Exchange(exchangeFixture().head, { present: true, read }), asked }
}

describe('the body that plugins ask for', () => {
  test('is given to one that takes more, after another that took less', async () => {
    const { exchange } = exchangeWithBody(100)
    expect(await exchange.body(64)).toBeNull()
    expect(exchange.heldBody).toBeNull()
    expect((await exchange.body(1_000))?.byteLength).toBe(100)
    expect(exchange.heldBody?.byteLength).toBe(100)
  })

  test('is not given to one that takes less, though another holds it', async () => {
    const { exchange } = exchangeWithBody(100)
    expect((await exchange.body(1_000))?.byteLength).toBe(100)
    expect(await exchange.body(64)).toBeNull()
    expect(exchange.heldBody?.byteLength).toBe(100)
  })

  test('is read no oftener than it has to be, one reading after the other', async () => {
    const { exchange, asked } = exchangeWithBody(100)
    await Promise.all([exchange.body(64), exchange.body(32), exchange.body(200), exchange.body(300)])
    expect(asked).toEqual([64, 200])
  })

  test('is the one that a plugin wrote', async () => {
    const { exchange, asked } = exchangeWithBody(100)
    await exchange.body(200)
    exchange.setBody(new Uint8Array(500))
    expect((await exchange.body(1_000))?.byteLength).toBe(500)
    expect(await exchange.body(200)).toBeNull()
    expect(asked).toEqual([200])
  })

  test('is empty where the request has none', async () => {
    expect((await exchangeFixture().body(0))?.byteLength).toBe(0)
    expect(exchangeFixture().heldBody).toBeNull()
  })
})

describe('what is to be done when an exchange has ended', () => {
  test('is done once, whatever others throw, and at once where it has ended already', () => {
    const { exchange } = exchangeWithBody(0)
    const done: string[] = []
    exchange.whenEnded(() => done.push('first'))
    exchange.whenEnded(() => {
      throw new Error('second')
    })
    exchange.whenEnded(() => done.push('third'))
    expect(done).toEqual([])
    exchange.end()
    exchange.end()
    expect(exchange.endFailures).toEqual([new Error('second')])
    expect(done).toEqual(['first', 'third'])
    exchange.whenEnded(() => done.push('late'))
    expect(done).toEqual(['first', 'third', 'late'])
  })
})
