import { LATENCY_EDGES_MS } from '@sluice/shared/protocol'
import type { ExchangeRecord, ObserveSink } from './sink.ts'

/** A service or route as people and as the control plane call it. */
export interface Named {
  id: string
  name: string | null
}

/** Requests of one service, route, status and variant since the last report. */
export interface SeriesReport {
  service: Named | null
  route: Named | null
  status: number
  variant: 'stable' | 'canary'
  requests: number
  latencySumMs: number
  latency: number[]
}

export interface WorkerReport {
  connections: number
  /** The longest that something waited for the worker's event loop. */
  loopLagMs: number
  /** Requests that were answered with 503 for want of memory. */
  shed: number
  series: SeriesReport[]
}

/** Series of one interval; requests beyond it are added to one without names. */
const SERIES_MAX = 2_000
/** Access log lines that wait for the next report; beyond them lines are counted as dropped. */
const LINES_MAX = 20_000

export function bucketOfLatency(ms: number): number {
  const index = LATENCY_EDGES_MS.findIndex((edge) => ms <= edge)
  return index < 0 ? LATENCY_EDGES_MS.length : index
}

/** Collects what a worker did, to be handed to main each second. Bounded: it never grows with traffic. */
export class Aggregate implements ObserveSink {
  readonly #keepsLines: boolean
  #series = new Map<string, SeriesReport>()
  #lines: string[] = []
  #dropped = 0

  constructor(options: { keepsLines: boolean }) {
    this.#keepsLines = options.keepsLines
  }

  exchangeEnded(record: ExchangeRecord): void {
    const series = this.#find(record)
    series.requests += 1
    series.latencySumMs += record.latencyMs
    const bucket = bucketOfLatency(record.latencyMs)
    series.latency[bucket] = (series.latency[bucket] ?? 0) + 1
    if (!this.#keepsLines) return
    if (this.#lines.length < LINES_MAX) this.#lines.push(JSON.stringify({ at: new Date(record.startedAtMs).toISOString(), ...record }))
    else this.#dropped += 1
  }

  /** What was collected since the last call. */
  take(): { series: SeriesReport[]; lines: string } {
    const series = [...this.#series.values()]
    if (this.#dropped > 0) this.#lines.push(JSON.stringify({ access_log_lines_dropped: this.#dropped }))
    const lines = this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
    this.#series = new Map()
    this.#lines = []
    this.#dropped = 0
    return { series, lines }
  }

  #find({ service, route, status, variant }: ExchangeRecord): SeriesReport {
    const key = `${service?.id ?? ''} ${route?.id ?? ''} ${status} ${variant}`
    const present = this.#series.get(key)
    if (present !== undefined) return present
    if (this.#series.size < SERIES_MAX) return this.#add(key, { service, route, status, variant })
    const rest = `  ${status} ${variant}`
    return this.#series.get(rest) ?? this.#add(rest, { service: null, route: null, status, variant })
  }

  #add(key: string, of: Pick<SeriesReport, 'service' | 'route' | 'status' | 'variant'>): SeriesReport {
    const fresh: SeriesReport = { ...of, requests: 0, latencySumMs: 0, latency: new Array(LATENCY_EDGES_MS.length + 1).fill(0) }
    this.#series.set(key, fresh)
    return fresh
  }
}
