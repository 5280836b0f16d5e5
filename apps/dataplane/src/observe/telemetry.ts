import { addHistograms } from '@sluice/shared/latency'
import { LATENCY_EDGES_MS, LINK_LIMITS, type TelemetryCell, type TelemetrySeries } from '@sluice/shared/protocol'
import type { SeriesReport, WorkerReport } from './aggregate.ts'

/** Seconds that are kept while the control plane is away; the oldest goes first. */
export const BACKLOG_MAX = 30
/** A message with cells stays well below LINK_LIMITS.messageBytesMax. */
const BATCH_BYTES_MAX = 512 * 1024

/** What the process as a whole says of a second. */
export interface ProcessReading {
  /** Time that all threads spent on a processor since the start. */
  cpuMicros: number
  rssBytes: number
}

export interface TelemetryParts {
  nowMs(): number
  read(): ProcessReading
}

/** Adds the workers' reports up to cells of one second, and keeps those that could not be sent yet. */
export class Telemetry {
  readonly #parts: TelemetryParts
  readonly #connections = new Map<number, number>()
  readonly #backlog: TelemetryCell[] = []
  #series = new Map<string, TelemetrySeries>()
  #loopLagMs = 0
  #last: { atMs: number; cpuMicros: number }
  #second: number

  constructor(parts: TelemetryParts) {
    this.#parts = parts
    const nowMs = parts.nowMs()
    this.#last = { atMs: nowMs, cpuMicros: parts.read().cpuMicros }
    this.#second = Math.floor(nowMs / 1000)
  }

  add(worker: number, report: WorkerReport): void {
    this.#connections.set(worker, report.connections)
    this.#loopLagMs = Math.max(this.#loopLagMs, report.loopLagMs)
    for (const series of report.series) this.#addSeries(series)
  }

  forget(worker: number): void {
    this.#connections.delete(worker)
  }

  /** Closes the seconds that have passed. What came since the last call is told as the last of them; called late, it leaves a gap and no doubles. */
  close(): void {
    const nowMs = this.#parts.nowMs()
    const second = Math.floor(nowMs / 1000)
    if (second === this.#second) return
    this.#second = second
    const { cpuMicros, rssBytes } = this.#parts.read()
    const elapsedMs = Math.max(1, nowMs - this.#last.atMs)
    const cell: TelemetryCell = {
      at: second - 1,
      connections: [...this.#connections.values()].reduce((sum, count) => sum + count, 0),
      cpu_percent: round(Math.max(0, (cpuMicros - this.#last.cpuMicros) / 10 / elapsedMs)),
      rss_bytes: rssBytes,
      loop_lag_ms: round(this.#loopLagMs),
      series: withinLimit([...this.#series.values()]),
    }
    this.#last = { atMs: nowMs, cpuMicros }
    this.#series = new Map()
    this.#loopLagMs = 0
    this.#backlog.push(cell)
    if (this.#backlog.length > BACKLOG_MAX) this.#backlog.shift()
  }

  /** Hands cells to `send` until none is left or it says no; each call gets as many as one message holds, oldest first. */
  flush(send: (cells: TelemetryCell[]) => boolean): void {
    while (this.#backlog.length > 0) {
      const batch = this.#nextBatch()
      if (!send(batch)) return
      this.#backlog.splice(0, batch.length)
    }
  }

  #nextBatch(): TelemetryCell[] {
    const batch: TelemetryCell[] = []
    let bytes = 0
    for (const cell of this.#backlog) {
      bytes += Buffer.byteLength(JSON.stringify(cell))
      if (batch.length > 0 && bytes > BATCH_BYTES_MAX) break
      batch.push(cell)
    }
    return batch
  }

  #addSeries(report: SeriesReport): void {
    const service = report.service?.id ?? null
    const route = report.route?.id ?? null
    const key = `${service} ${route} ${report.variant}`
    const series = this.#series.get(key) ?? empty(service, route, report.variant)
    this.#series.set(key, series)
    series.requests += report.requests
    if (report.status >= 500) series.status_5xx += report.requests
    else if (report.status >= 400) series.status_4xx += report.requests
    series.latency = addHistograms(series.latency, report.latency)
  }
}

const round = (value: number) => Math.round(value * 10) / 10

function empty(service: string | null, route: string | null, variant: TelemetrySeries['variant']): TelemetrySeries {
  return { service, route, variant, requests: 0, status_4xx: 0, status_5xx: 0, latency: new Array<number>(LATENCY_EDGES_MS.length + 1).fill(0) }
}

/** The busiest series by name, the others in one without names. */
function withinLimit(series: TelemetrySeries[]): TelemetrySeries[] {
  if (series.length <= LINK_LIMITS.telemetrySeriesMax) return series
  const ranked = series.sort((a, b) => b.requests - a.requests)
  const named = ranked.slice(0, LINK_LIMITS.telemetrySeriesMax - 1)
  const rest = empty(null, null, 'stable')
  for (const entry of ranked.slice(named.length)) {
    rest.requests += entry.requests
    rest.status_4xx += entry.status_4xx
    rest.status_5xx += entry.status_5xx
    rest.latency = addHistograms(rest.latency, entry.latency)
  }
  return [...named, rest]
}
