import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { createPlugin, problems } from '../testing/run-plugin.ts'

const NAME = 'concurrency-limiting'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Requests to one plugin: `passed` once they may go on, `refused` once they have a reply. */
function plugin(config: Record<string, unknown>) {
  const made = createPlugin(NAME, { limit: 1, queue_limit: 2, ...config }, environmentFixture())
  return (request: RequestFixture = {}) => {
    const exchange = new ExchangeFixture(request)
    const run: { exchange: ExchangeFixture; state: string; reply: unknown } = { exchange, state: 'waiting', reply: null }
    const outcome = made.onRequest?.(exchange)
    const settle = (reply: unknown) => {
      run.state = reply === undefined ? 'passed' : 'refused'
      run.reply = reply ?? null
    }
    if (outcome instanceof Promise) void outcome.then(settle)
    else settle(outcome)
    return run
  }
}
const turn = () => vi.advanceTimersByTimeAsync(0)

test('requests pass up to the limit, wait in the queue, and are refused beyond it', async () => {
  const ask = plugin({ queue_timeout: 500 })
  const runs = [ask(), ask(), ask(), ask()]
  expect(runs.map(({ state }) => state)).toEqual(['passed', 'waiting', 'waiting', 'refused'])
  expect(runs[3]?.reply).toEqual({ kind: 'error', status: 503, message: 'Too many requests at a time', headers: { 'Retry-After': '1' } })
  runs[0]?.exchange.end()
  await turn()
  expect(runs[1]?.state).toBe('passed')
  await vi.advanceTimersByTimeAsync(500)
  expect(runs[2]?.state).toBe('refused')
})

test('an exchange that ended before its turn keeps no place', async () => {
  const ask = plugin({})
  const gone = new ExchangeFixture()
  gone.end()
  const made = createPlugin(NAME, { limit: 1 }, environmentFixture())
  made.onRequest?.(gone)
  const next = new ExchangeFixture()
  expect(made.onRequest?.(next)).toBeUndefined()
  expect(ask().state).toBe('passed')
})

test('without a queue nobody waits', () => {
  const ask = plugin({ queue_limit: 0 })
  expect([ask(), ask()].map(({ state }) => state)).toEqual(['passed', 'refused'])
})

test('status, text and Retry-After are those of the configuration', async () => {
  const ask = plugin({ queue_limit: 1, error_code: 429, error_message: 'wait', retry_after: 0 })
  const runs = [ask(), ask(), ask()]
  expect(runs[2]?.reply).toEqual({ kind: 'error', status: 429, message: 'wait', headers: {} })
})

test.each<[string, Record<string, unknown>, RequestFixture, RequestFixture]>([
  ['service', {}, { service: { id: 'a', name: null, host: 'a' } }, { service: { id: 'b', name: null, host: 'b' } }],
  ['consumer', { limit_by: 'consumer' }, { consumer: consumerFixture('anna') }, { consumer: consumerFixture('ben') }],
  ['ip', { limit_by: 'ip' }, { clientIp: '192.0.2.1' }, { clientIp: '192.0.2.2' }],
  ['header', { limit_by: 'header', header_name: 'x-t' }, { headers: { 'x-t': 'a' } }, { headers: { 'x-t': 'b' } }],
  ['path', { limit_by: 'path', path: '/a' }, { path: '/a' }, { path: '/b' }],
])('limit_by %s: each has its own places', (_, config, one, other) => {
  const ask = plugin(config)
  expect([ask(one), ask(one), ask(other)].map(({ state }) => state)).toEqual(['passed', 'waiting', 'passed'])
})

test.each<[string, Record<string, unknown>, string]>([
  ['a header without a name', { limit_by: 'header' }, 'header_name: is needed when limit_by is header'],
  ['a path without one', { limit_by: 'path' }, 'path: is needed when limit_by is path'],
  ['no place at all', { limit: 0 }, 'limit: Too small: expected number to be >=1'],
  ['a queue without end', { queue_timeout: 60_001 }, 'queue_timeout: Too big: expected number to be <=60000'],
  ['a status that is none of an error', { error_code: 200 }, 'error_code: Too small: expected number to be >=400'],
])('%s is refused at its field', (_, config, problem) => {
  expect(problems(NAME, { limit: 1, ...config })).toContain(problem)
})
