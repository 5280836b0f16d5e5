import { LATENCY_EDGES_MS, type TelemetryCell, type TelemetrySeries } from '@sluice/shared/protocol'
import type { Store } from '../store/client.ts'
import { listCells } from '../store/telemetry.ts'

export interface Lane {
  requests: number
  status_4xx: number
  status_5xx: number
  /** Milliseconds; null without requests. */
  p50: number | null
  p95: number | null
  p99: number | null
}

/** One second of one node, as charts want it. */
export interface TrafficCell extends Lane {
  at: number
  node: string
  stable: Lane
  canary: Lane
  cpu_percent: number
  connections: number
}

/** The value below which `share` of the histogram lies, taken evenly within its bucket; null where it is empty. */
export function percentile(histogram: readonly number[], share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let seen = 0
  for (const [index, count] of histogram.entries()) {
    if (seen + count >= wanted && count > 0) {
      const low = index === 0 ? 0 : (LATENCY_EDGES_MS[index - 1] ?? 0)
      const high = LATENCY_EDGES_MS[index] ?? low
      return Math.round((low + (high - low) * ((wanted - seen) / count)) * 10) / 10
    }
    seen += count
  }
  return LATENCY_EDGES_MS.at(-1) ?? null
}

function laneOf(series: readonly TelemetrySeries[]): Lane {
  const latency = new Array<number>(LATENCY_EDGES_MS.length + 1).fill(0)
  const lane = { requests: 0, status_4xx: 0, status_5xx: 0 }
  for (const entry of series) {
    lane.requests += entry.requests
    lane.status_4xx += entry.status_4xx
    lane.status_5xx += entry.status_5xx
    for (const [index, count] of entry.latency.entries()) latency[index] = (latency[index] ?? 0) + count
  }
  return { ...lane, p50: percentile(latency, 0.5), p95: percentile(latency, 0.95), p99: percentile(latency, 0.99) }
}

export function toTrafficCell(node: string, cell: TelemetryCell, service: string | null): TrafficCell {
  const series = service === null ? cell.series : cell.series.filter((entry) => entry.service === service)
  const lane = (variant: 'stable' | 'canary') => laneOf(series.filter((entry) => entry.variant === variant))
  return { at: cell.at, node, ...laneOf(series), stable: lane('stable'), canary: lane('canary'), cpu_percent: cell.cpu_percent, connections: cell.connections }
}

/** Telemetry of the last ten minutes. */
export class Traffic {
  readonly #store: Store
  readonly #workspaceId: string

  constructor(store: Store, workspaceId: string) {
    this.#store = store
    this.#workspaceId = workspaceId
  }

  /** Cells from second `from` on, oldest first; of one service where it is given (its id). */
  async since(from: number, service: string | null): Promise<TrafficCell[]> {
    const cells = await listCells(this.#store.db, this.#workspaceId, from)
    return cells.map(({ node, cell }) => toTrafficCell(node, cell, service))
  }
}
