import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const run = (config: unknown, request: RequestFixture) => ask(createPlugin('request-size-limiting', config), { method: 'POST', ...request })
const MESSAGE = 'Request size limit exceeded'
const announced = (bytes: number): RequestFixture => ({ headers: { 'Content-Length': String(bytes) }, body: 'x' })
const ONE_KB = { allowed_payload_size: 1, size_unit: 'kilobytes' }

describe('a body whose length is announced', () => {
  test.each<[unknown, number, boolean]>([
    [{}, 128 * 2 ** 20, true],
    [{}, 128 * 2 ** 20 + 1, false],
    [ONE_KB, 1_024, true],
    [ONE_KB, 1_025, false],
    [{ allowed_payload_size: 7, size_unit: 'bytes' }, 7, true],
    [{ allowed_payload_size: 7, size_unit: 'bytes' }, 8, false],
    [{ allowed_payload_size: 0 }, 0, true],
    [{ allowed_payload_size: 0 }, 1, false],
  ])('with %j, %d bytes are taken: %j', async (config, bytes, isTaken) => {
    const { reply } = await run(config, announced(bytes))
    expect(reply).toEqual(isTaken ? undefined : { kind: 'error', status: 413, message: MESSAGE })
  })

  test('is refused with 417 where the client waits for 100 Continue', async () => {
    const { reply } = await run(ONE_KB, { ...announced(1_025), expectsContinue: true })
    expect(reply).toEqual({ kind: 'error', status: 417, message: MESSAGE })
  })

  test('is judged without reading it, and without a promise', () => {
    expect(createPlugin('request-size-limiting', ONE_KB).onRequest?.({ requestHeaders: { get: () => '2000' } } as never)).not.toBeInstanceOf(Promise)
  })
})

describe('a body of unknown length', () => {
  test('is refused where it is longer, and goes on as it was where it is not (property)', () => {
    const property = fc.asyncProperty(fc.nat({ max: 300 }), fc.nat({ max: 300 }), async (limit, bytes) => {
      const body = 'x'.repeat(bytes)
      const { reply, exchange } = await run({ allowed_payload_size: limit, size_unit: 'bytes' }, { body })
      expect(reply?.status).toBe(bytes > limit ? 413 : undefined)
      expect(exchange.sentBody).toBe(body)
    })
    return fc.assert(property)
  })

  test('streams and is counted where the limit is above 1 MiB', async () => {
    const { reply, exchange } = await run({ allowed_payload_size: 2 }, { body: 'x' })
    expect(reply).toBeUndefined()
    expect(exchange.bodyLimit).toBe(2 * 2 ** 20)
  })
})

describe('require_content_length', () => {
  const config = { require_content_length: true }
  test('refuses a request with neither length nor body: 411', async () => {
    expect((await run(config, {})).reply).toEqual({ kind: 'error', status: 411, message: 'A valid Content-Length header is required' })
  })

  test('takes a length of nothing, and a body that tells its end by itself', async () => {
    expect((await run(config, { headers: { 'Content-Length': '0' } })).reply).toBeUndefined()
    expect((await run(config, { body: 'x' })).reply).toBeUndefined()
  })

  test('is off by default', async () => {
    expect((await run({}, {})).reply).toBeUndefined()
  })
})

test.each<[unknown, string]>([
  [{ allowed_payload_size: -1 }, 'allowed_payload_size'],
  [{ allowed_payload_size: 1.5 }, 'allowed_payload_size'],
  [{ allowed_payload_size: 2 ** 31 }, 'allowed_payload_size'],
  [{ size_unit: 'gigabytes' }, 'size_unit'],
  [{ require_content_length: 'yes' }, 'require_content_length'],
  [{ max_size: 1 }, ': max_size'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('request-size-limiting', config).some((text) => text.startsWith(problem))).toBe(true)
})
