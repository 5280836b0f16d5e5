import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const ABORTED = { kind: 'error', status: 503, message: 'fault injected' }
const drawing = (...draws: number[]) => Object.assign(environmentFixture(), { draws })
const run = (config: unknown, request: RequestFixture = {}, environment = environmentFixture()) => ask(createPlugin('fault-injection', config, environment), request)

describe('an abort', () => {
  test('ends the request with the error that is configured, and is in the log', async () => {
    const { reply, exchange } = await run({ abort_status: 503 })
    expect(reply).toEqual(ABORTED)
    expect(exchange.log).toEqual({ fault: 'abort' })
    expect((await run({ abort_status: 500, abort_message: 'out' })).reply).toEqual({ kind: 'error', status: 500, message: 'out' })
  })

  test.each([
    [0.0999, true],
    [0.1, false],
    [0.9, false],
  ])('of 10 %% takes a draw of %d: %j', async (draw, isTaken) => {
    const { reply, exchange } = await run({ abort_status: 503, abort_percentage: 10 }, {}, drawing(draw))
    expect(reply !== undefined).toBe(isTaken)
    expect('fault' in exchange.log).toBe(isTaken)
  })

  test('of 0 % takes nobody', async () => {
    expect((await run({ abort_status: 503, abort_percentage: 0 }, {}, drawing(0))).reply).toBeUndefined()
  })
})

describe('a header', () => {
  test.each<[object, RequestFixture['headers'], boolean]>([
    [{ header_name: 'X-Fault' }, {}, false],
    [{ header_name: 'X-Fault' }, { 'x-fault': '' }, true],
    [{ header_name: 'X-Fault', header_value: 'yes' }, { 'x-fault': 'yes' }, true],
    [{ header_name: 'X-Fault', header_value: 'yes' }, { 'x-fault': 'Yes' }, false],
  ])('%j with %j: fault %j', async (config, headers, isMeant) => {
    expect((await run({ abort_status: 503, ...config }, { headers })).reply !== undefined).toBe(isMeant)
  })
})

describe('a delay', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const settled = async (promise: unknown) => {
    let state: unknown = 'held'
    void Promise.resolve(promise).then((reply) => {
      state = reply
    })
    await vi.advanceTimersByTimeAsync(0)
    return () => state
  }

  test('holds the request for its time, then lets it go on', async () => {
    const exchange = new ExchangeFixture()
    const state = await settled(createPlugin('fault-injection', { delay: 2_000 }).onRequest?.(exchange))
    await vi.advanceTimersByTimeAsync(1_999)
    expect(state()).toBe('held')
    await vi.advanceTimersByTimeAsync(1)
    expect(state()).toBeUndefined()
    expect(exchange.log).toEqual({ fault: 'delay' })
  })

  test('comes before an abort', async () => {
    const exchange = new ExchangeFixture()
    const state = await settled(createPlugin('fault-injection', { delay: 50, abort_status: 503 }).onRequest?.(exchange))
    expect(state()).toBe('held')
    await vi.advanceTimersByTimeAsync(50)
    expect(state()).toEqual(ABORTED)
    expect(exchange.log).toEqual({ fault: 'delay,abort' })
  })

  test('is drawn apart from an abort', () => {
    const config = { delay: 50, delay_percentage: 50, abort_status: 503, abort_percentage: 50 }
    const outcome = (...draws: number[]) => createPlugin('fault-injection', config, drawing(...draws)).onRequest?.(new ExchangeFixture())
    expect(outcome(0.6, 0.6)).toBeUndefined()
    expect(outcome(0.6, 0.4)).toEqual(ABORTED)
    expect(outcome(0.4, 0.6)).toBeInstanceOf(Promise)
  })

  test('is left out where as many are held as may be, and made again when one has gone', async () => {
    const plugin = createPlugin('fault-injection', { delay: 50, max_delayed: 2 })
    const ask = () => plugin.onRequest?.(new ExchangeFixture())
    expect([ask(), ask()].every((outcome) => outcome instanceof Promise)).toBe(true)
    expect(ask()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(50)
    expect(ask()).toBeInstanceOf(Promise)
  })
})

test.each<[unknown, string]>([
  [{}, 'delay: set at least one of delay and abort_status'],
  [{ delay: 0 }, 'delay'],
  [{ delay: 60_001 }, 'delay'],
  [{ delay: 1, delay_percentage: 101 }, 'delay_percentage'],
  [{ abort_status: 200 }, 'abort_status'],
  [{ abort_status: 503, abort_percentage: -1 }, 'abort_percentage'],
  [{ abort_status: 503, abort_message: '' }, 'abort_message'],
  [{ abort_status: 503, header_value: 'x' }, 'header_value: needs header_name'],
  [{ abort_status: 503, header_name: 'a b' }, 'header_name: must be a header name'],
  [{ delay: 1, max_delayed: 0 }, 'max_delayed'],
  [{ delay: 1, percentage: 5 }, ': percentage'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('fault-injection', config).some((text) => text.startsWith(problem))).toBe(true)
})
