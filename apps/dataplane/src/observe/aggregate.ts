import { LATENCY_EDGES_MS } from '@sluice/shared/protocol'
import type { ExchangeRecord, ObserveSink } from './sink.ts'

/** Requests of one service, route, status and variant since the last report. */
export interface SeriesReport {
  service: string
  route: string
  status: number
  variant: 'stable' | 'canary'
  requests: number
  latencySumMs: number
  latency: number[]
}

export interface WorkerReport {
  connections: number
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
  take(connections: number): { report: WorkerReport; lines: string } {
    const report = { connections, series: [...this.#series.values()] }
    if (this.#dropped > 0) this.#lines.push(JSON.stringify({ access_log_lines_dropped: this.#dropped }))
    const lines = this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
    this.#series = new Map()
    this.#lines = []
    this.#dropped = 0
    return { report, lines }
  }

  #find(record: ExchangeRecord): SeriesReport {
    const service = record.service?.name ?? record.service?.id ?? ''
    const route = record.route?.name ?? record.route?.id ?? ''
    const key = `${service}\0${route}\0${record.status}\0${record.variant}`
    const present = this.#series.get(key)
    if (present !== undefined) return present
    const isFull = this.#series.size >= SERIES_MAX
    const fresh: SeriesReport = {
      service: isFull ? '' : service,
      route: isFull ? '' : route,
      status: record.status,
      variant: record.variant,
      requests: 0,
      latencySumMs: 0,
      latency: new Array(LATENCY_EDGES_MS.length + 1).fill(0),
    }
    this.#series.set(isFull ? `\0\0${record.status}\0${record.variant}` : key, fresh)
    return fresh
  }
}
