import { LATENCY_EDGES_MS, LINK_LIMITS, type TelemetryCell, telemetryCellSchema } from '@sluice/shared/protocol'
import { expect, test } from 'vitest'
import { exchangeFixture } from '../exchange/testing/exchange.ts'
import { Aggregate, type WorkerReport } from './aggregate.ts'
import type { EndedExchange, ExchangeRecord } from './sink.ts'
import { BACKLOG_MAX, Telemetry } from './telemetry.ts'

const ORDERS = { id: '11111111-1111-4111-8111-111111111111', name: 'orders' }
const ROUTE = { id: '22222222-2222-4222-8222-222222222222', name: null }

function setUp() {
  const outside = { nowMs: 1_000_000, cpuMicros: 0, rssBytes: 5_000_000 }
  const telemetry = new Telemetry({ nowMs: () => outside.nowMs, read: () => outside })
  const sent: TelemetryCell[] = []
  const flush = () =>
    telemetry.flush((cells) => {
      sent.push(...cells)
      return true
    })
  const second = () => {
    outside.nowMs += 1000
    telemetry.close()
  }
  return { outside, telemetry, sent, flush, second }
}

const ended = (more: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  requestId: 'r',
  startedAtMs: 0,
  latencyMs: 4,
  upstreamLatencyMs: 3,
  method: 'GET',
  path: '/',
  host: 'a.test',
  status: 200,
  clientIp: '127.0.0.1',
  scheme: 'http',
  route: ROUTE,
  service: ORDERS,
  consumer: null,
  variant: 'stable',
  target: null,
  attempts: 1,
  error: null,
  bytesOut: 0,
  log: {},
  ...more,
})

/** An exchange of which the access log would say this. */
function exchangeOf(record: ExchangeRecord): EndedExchange {
  const exchange = exchangeFixture()
  exchange.route = record.route ?? { id: '', name: null }
  exchange.service = record.service === null ? null : { ...record.service, host: 'a.test' }
  exchange.responseStatus = record.status
  exchange.upstream.variant = record.variant
  return exchange
}

/** What a worker would report of these exchanges. */
function report(records: ExchangeRecord[], more: Partial<WorkerReport> = {}): WorkerReport {
  const aggregate = new Aggregate({ keepsLines: false })
  for (const record of records) aggregate.exchangeEnded(exchangeOf(record), record.latencyMs, record.error)
  return { heapBytes: 0, connections: 2, loopLagMs: 0, shed: {}, http2Refused: {}, connectionsRefused: {}, series: aggregate.take().series, ...more }
}

test('a cell tells services and routes by id, and requests by status class and variant', () => {
  const { telemetry, second, flush, sent } = setUp()
  const statuses = [200, 200, 301, 404, 429, 500, 502, 504]
  telemetry.add(0, report([...statuses.map((status) => ended({ status })), ended({ variant: 'canary' }), ended({ service: null, route: null, status: 404 })]))
  second()
  flush()
  const [cell] = sent
  expect(telemetryCellSchema.safeParse(cell).success).toBe(true)
  expect(cell?.series.map(({ latency, ...rest }) => rest)).toEqual([
    { service: ORDERS.id, route: ROUTE.id, variant: 'stable', requests: 8, status_4xx: 2, status_5xx: 3 },
    { service: ORDERS.id, route: ROUTE.id, variant: 'canary', requests: 1, status_4xx: 0, status_5xx: 0 },
    { service: null, route: null, variant: 'stable', requests: 1, status_4xx: 1, status_5xx: 0 },
  ])
})

test('workers and reports of one second add up, latencies in their buckets', () => {
  const { telemetry, second, flush, sent } = setUp()
  telemetry.add(0, report([ended({ latencyMs: 1 }), ended({ latencyMs: 4 })], { loopLagMs: 3 }))
  telemetry.add(1, report([ended({ latencyMs: 4 }), ended({ latencyMs: 99_999 })], { connections: 5, loopLagMs: 8.25 }))
  second()
  flush()
  const [series] = sent[0]?.series ?? []
  expect(series?.requests).toBe(4)
  const expected = new Array(LATENCY_EDGES_MS.length + 1).fill(0)
  expected[0] = 1
  expected[LATENCY_EDGES_MS.indexOf(5)] = 2
  expected[LATENCY_EDGES_MS.length] = 1
  expect(series?.latency).toEqual(expected)
  expect(sent[0]).toMatchObject({ connections: 7, loop_lag_ms: 8.3 })
})

test('processor time is that of the second, over all threads', () => {
  const { outside, second, flush, sent } = setUp()
  outside.cpuMicros = 1_500_000
  second()
  outside.cpuMicros = 1_600_000
  second()
  flush()
  expect(sent.map(({ cpu_percent }) => cpu_percent)).toEqual([150, 10])
})

test('a second is told once, and a late timer leaves a gap instead of a double', () => {
  const { outside, telemetry, flush, sent } = setUp()
  outside.nowMs = 1_001_010
  telemetry.close()
  telemetry.close()
  outside.nowMs = 1_001_990
  telemetry.close()
  outside.nowMs = 1_004_500
  telemetry.close()
  flush()
  expect(sent.map(({ at }) => at)).toEqual([1000, 1003])
})

test('what is sent is not sent again, and what could not be sent waits in order', () => {
  const { telemetry, second, sent, flush } = setUp()
  second()
  telemetry.flush(() => false)
  second()
  flush()
  flush()
  expect(sent.map(({ at }) => at)).toEqual([1000, 1001])
})

test(`no more than ${BACKLOG_MAX} seconds wait; the oldest go`, () => {
  const { second, flush, sent } = setUp()
  for (let index = 0; index < BACKLOG_MAX + 5; index += 1) second()
  flush()
  expect(sent.length).toBe(BACKLOG_MAX)
  expect(sent[0]?.at).toBe(1005)
})

test('series beyond the limit are added up in one without names, and nothing is lost', () => {
  const { telemetry, second, flush, sent } = setUp()
  const many = Array.from({ length: 500 }, (_, index) => ended({ service: { id: `service-${index}`, name: null }, status: index % 2 === 0 ? 200 : 500 }))
  telemetry.add(0, report([...many, ...many.slice(300)]))
  second()
  flush()
  const series = sent[0]?.series ?? []
  expect(series.length).toBe(LINK_LIMITS.telemetrySeriesMax)
  expect(telemetryCellSchema.safeParse(sent[0]).success).toBe(true)
  expect(series.reduce((sum, entry) => sum + entry.requests, 0)).toBe(700)
  expect(series.reduce((sum, entry) => sum + entry.status_5xx, 0)).toBe(350)
  expect(series.at(-1)).toMatchObject({ service: null, route: null })
  // The busiest keep their names.
  expect(series.slice(0, -1).every(({ requests }) => requests === 2)).toBe(true)
})

test('a backlog of large cells travels in messages that the wire takes', () => {
  const { telemetry, second } = setUp()
  const wide = Array.from({ length: LINK_LIMITS.telemetrySeriesMax }, (_, index) => ended({ service: { id: `service-${index}-${'x'.repeat(80)}`, name: null }, latencyMs: index }))
  for (let index = 0; index < BACKLOG_MAX; index += 1) {
    telemetry.add(0, report(wide))
    second()
  }
  const sizes: number[] = []
  let cells = 0
  telemetry.flush((batch) => {
    cells += batch.length
    sizes.push(Buffer.byteLength(JSON.stringify({ type: 'telemetry', cells: batch })))
    return true
  })
  expect(cells).toBe(BACKLOG_MAX)
  expect(sizes.length).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThan(LINK_LIMITS.messageBytesMax)
})

test('a worker that ended takes its connections with it', () => {
  const { telemetry, second, flush, sent } = setUp()
  telemetry.add(0, report([]))
  telemetry.add(1, report([]))
  telemetry.forget(1)
  second()
  flush()
  expect(sent[0]?.connections).toBe(2)
})

test('a worker never keeps more series than its limit, and counts the rest', () => {
  const aggregate = new Aggregate({ keepsLines: false })
  for (let index = 0; index < 2_500; index += 1) aggregate.exchangeEnded(exchangeOf(ended({ route: { id: `route-${index}`, name: null } })), 4, null)
  const { series } = aggregate.take()
  expect(series.length).toBe(2_001)
  expect(series.at(-1)).toMatchObject({ service: null, route: null, requests: 500 })
  expect(aggregate.take().series).toEqual([])
})
