import { LATENCY_EDGES_MS, type TelemetryCell, type TelemetrySeries } from '@sluice/shared/protocol'
import { expect, test } from 'vitest'
import { toTrafficCell } from './traffic.ts'

const ORDERS = '11111111-1111-4111-8111-111111111111'
const PAYMENTS = '22222222-2222-4222-8222-222222222222'

function series(service: string, variant: 'stable' | 'canary', requests: number, bucket: number): TelemetrySeries {
  const latency = new Array<number>(LATENCY_EDGES_MS.length + 1).fill(0)
  latency[bucket] = requests
  return { service, route: null, variant, requests, status_4xx: 1, status_5xx: 2, latency }
}

const cell: TelemetryCell = {
  at: 100,
  connections: 7,
  cpu_percent: 12.5,
  rss_bytes: 1,
  loop_lag_ms: 0,
  series: [series(ORDERS, 'stable', 30, 2), series(ORDERS, 'canary', 10, 4), series(PAYMENTS, 'stable', 5, 0)],
}

test('a cell of all services adds their series up, each variant on its own', () => {
  const shown = toTrafficCell('node-1', cell, null)
  expect(shown.stable).toEqual({ requests: 35, status_4xx: 2, status_5xx: 4, latency: [5, 0, 30] })
  expect(shown.canary).toEqual({ requests: 10, status_4xx: 1, status_5xx: 2, latency: [0, 0, 0, 0, 10] })
  expect(shown).toMatchObject({ at: 100, node: 'node-1', cpu_percent: 12.5, connections: 7 })
})

test('a cell of one service leaves the others out', () => {
  expect(toTrafficCell('node-1', cell, PAYMENTS).stable.requests).toBe(5)
  expect(toTrafficCell('node-1', cell, PAYMENTS).canary).toEqual({ requests: 0, status_4xx: 0, status_5xx: 0, latency: [] })
})
