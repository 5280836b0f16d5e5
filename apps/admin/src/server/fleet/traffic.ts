import { addHistograms, trimHistogram } from '@sluice/shared/latency'
import type { TelemetryCell, TelemetrySeries } from '@sluice/shared/protocol'
import type { Store } from '../store/client.ts'
import { listCells } from '../store/telemetry.ts'

export interface Lane {
  requests: number
  status_4xx: number
  status_5xx: number
  /** Over LATENCY_EDGES_MS without the empty end. Histograms of nodes and seconds add up; percentiles of them would not. */
  latency: number[]
}

/** One second of one node, as charts want it. */
export interface TrafficCell {
  at: number
  node: string
  stable: Lane
  canary: Lane
  cpu_percent: number
  connections: number
}

function laneOf(series: readonly TelemetrySeries[]): Lane {
  const lane: Lane = { requests: 0, status_4xx: 0, status_5xx: 0, latency: [] }
  for (const entry of series) {
    lane.requests += entry.requests
    lane.status_4xx += entry.status_4xx
    lane.status_5xx += entry.status_5xx
    lane.latency = addHistograms(lane.latency, entry.latency)
  }
  return { ...lane, latency: trimHistogram(lane.latency) }
}

export function toTrafficCell(node: string, cell: TelemetryCell, service: string | null): TrafficCell {
  const series = service === null ? cell.series : cell.series.filter((entry) => entry.service === service)
  const lane = (variant: 'stable' | 'canary') => laneOf(series.filter((entry) => entry.variant === variant))
  return { at: cell.at, node, stable: lane('stable'), canary: lane('canary'), cpu_percent: cell.cpu_percent, connections: cell.connections }
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
