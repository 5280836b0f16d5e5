import { describe, expect, test } from 'vitest'
import { ExchangeFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'

const HEADER = 'Kong-Request-ID'

describe('an id', () => {
  test('is made where there is none: one uuid for the plugin, and a counter', async () => {
    const plugin = createPlugin('correlation-id', {})
    const ids = []
    for (let index = 0; index < 3; index += 1) ids.push((await ask(plugin)).exchange.requestHeaders.get(HEADER))
    expect(ids).toEqual([1, 2, 3].map((counter) => `00000000-0000-4000-8000-000000000001#${counter}`))
  })

  test('of generator uuid is new each time', async () => {
    const plugin = createPlugin('correlation-id', { generator: 'uuid' })
    const ids = [await ask(plugin), await ask(plugin)].map(({ exchange }) => exchange.requestHeaders.get(HEADER))
    expect(ids).toEqual(['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'])
  })

  test('of generator tracker says from where, on which connection and when', async () => {
    const plugin = createPlugin('correlation-id', { generator: 'tracker' }, environmentFixture({ nowMs: 1_893_456_000_500 }))
    expect((await ask(plugin)).exchange.requestHeaders.get(HEADER)).toBe('192.0.2.1-8000-4242-7-3-1893456000.500')
  })

  test('of the caller is kept', async () => {
    const { exchange } = await ask(createPlugin('correlation-id', {}), { headers: { 'kong-request-id': 'mine' } })
    expect([...exchange.requestHeaders.entries()]).toEqual([['kong-request-id', 'mine']])
  })

  test.each(['', '   '])('that is blank (%j) is replaced', async (blank) => {
    const { exchange } = await ask(createPlugin('correlation-id', { generator: 'uuid' }), { headers: { [HEADER]: blank } })
    expect(exchange.requestHeaders.getAll(HEADER)).toEqual(['00000000-0000-4000-8000-000000000001'])
  })

  test('is in the access log', async () => {
    expect((await ask(createPlugin('correlation-id', {}), { headers: { [HEADER]: 'mine' } })).exchange.log).toEqual({ correlation_id: 'mine' })
  })

  test('goes into the header that is configured', async () => {
    const { exchange } = await ask(createPlugin('correlation-id', { header_name: 'X-Trace' }))
    expect(exchange.requestHeaders.has('X-Trace')).toBe(true)
    expect(exchange.requestHeaders.has(HEADER)).toBe(false)
  })
})

describe('echo_downstream', () => {
  test('is off by default', async () => {
    expect([...(await pass(createPlugin('correlation-id', {}))).exchange.responseHeaders.entries()]).toEqual([])
  })

  test('sends the same id to the caller, over one of the upstream', async () => {
    const { exchange } = await pass(createPlugin('correlation-id', { echo_downstream: true }), { responseHeaders: { [HEADER]: 'of the upstream' } })
    expect(exchange.responseHeaders.getAll(HEADER)).toEqual([exchange.requestHeaders.get(HEADER)])
  })

  test('does so even where a later plugin took the header off the request', async () => {
    const plugin = createPlugin('correlation-id', { echo_downstream: true })
    const { exchange } = await ask(plugin, { headers: { [HEADER]: 'mine' } })
    exchange.requestHeaders.remove(HEADER)
    plugin.onResponse?.(exchange)
    expect(exchange.responseHeaders.get(HEADER)).toBe('mine')
  })

  test('also answers a request whose request phase an earlier plugin ended', () => {
    const exchange = new ExchangeFixture({ headers: { [HEADER]: 'mine' } })
    createPlugin('correlation-id', { echo_downstream: true }).onResponse?.(exchange)
    expect(exchange.responseHeaders.get(HEADER)).toBe('mine')
  })
})

test.each<[unknown, string]>([
  [{ header_name: 'a b' }, 'header_name: must be a header name'],
  [{ header_name: '' }, 'header_name: must be a header name'],
  [{ generator: 'guid' }, 'generator'],
  [{ echo: true }, ': echo'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('correlation-id', config).some((text) => text.startsWith(problem))).toBe(true)
})
