import { LATENCY_EDGES_MS } from '@sluice/shared/protocol'
import type { Named, SeriesReport, WorkerReport } from './aggregate.ts'

export interface MetricValues {
  revision: number
  workers: number
  ready: boolean
  /** Null on a standalone node. */
  link: { state: string; reconnects: number } | null
  revisionsApplied: number
  revisionsRejected: number
}

/** Series since the start; what comes beyond them is added to one without names. */
const TOTALS_MAX = 10_000
const LINK_STATES = ['connecting', 'connected', 'refused'] as const

const escapeLabel = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const labelOf = (named: Named | null) => (named === null ? '' : (named.name ?? named.id))
const labelsOf = (series: SeriesReport) =>
  `service="${escapeLabel(labelOf(series.service))}",route="${escapeLabel(labelOf(series.route))}",code="${series.status}",variant="${series.variant}"`

const sumOf = (byWorker: ReadonlyMap<number, number>) => [...byWorker.values()].reduce((sum, value) => sum + value, 0)

class Text {
  readonly #lines: string[] = []

  describe(name: string, help: string, type: 'counter' | 'gauge' | 'histogram'): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }

  sample(name: string, labels: string | null, value: number): void {
    this.#lines.push(labels === null ? `${name} ${value}` : `${name}{${labels}} ${value}`)
  }

  single(name: string, help: string, type: 'counter' | 'gauge', value: number): void {
    this.describe(name, help, type)
    this.sample(name, null, value)
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

function addTo(totals: Map<string, number>, counts: Record<string, number>): void {
  for (const [reason, count] of Object.entries(counts)) totals.set(reason, (totals.get(reason) ?? 0) + count)
}

/** Totals of a node since its start, in Prometheus's text format. */
export class Metrics {
  readonly #totals = new Map<string, SeriesReport>()
  readonly #heapBytes = new Map<number, number>()
  readonly #connections = new Map<number, number>()
  readonly #loopLagMs = new Map<number, number>()
  readonly #shed = new Map<string, number>([
    ['heap', 0],
    ['loop', 0],
  ])
  readonly #http2Refused = new Map<string, number>()
  readonly #connectionsRefused = new Map<string, number>([
    ['node', 0],
    ['address', 0],
  ])

  add(worker: number, report: WorkerReport): void {
    this.#heapBytes.set(worker, report.heapBytes)
    this.#connections.set(worker, report.connections)
    this.#loopLagMs.set(worker, report.loopLagMs)
    addTo(this.#shed, report.shed)
    addTo(this.#http2Refused, report.http2Refused)
    addTo(this.#connectionsRefused, report.connectionsRefused)
    for (const series of report.series) {
      const total = this.#total(series)
      total.requests += series.requests
      total.latencySumMs += series.latencySumMs
      for (const [index, count] of series.latency.entries()) total.latency[index] = (total.latency[index] ?? 0) + count
    }
  }

  forget(worker: number): void {
    this.#heapBytes.delete(worker)
    this.#connections.delete(worker)
    this.#loopLagMs.delete(worker)
  }

  get connections(): number {
    return sumOf(this.#connections)
  }

  get requests(): number {
    return [...this.#totals.values()].reduce((sum, series) => sum + series.requests, 0)
  }

  text(values: MetricValues): string {
    const text = new Text()
    this.#requests(text)
    text.single('sluice_connections', 'Open client connections.', 'gauge', this.connections)
    text.single(
      'sluice_event_loop_lag_ms',
      'The longest that something waited for a worker in the last half second, in milliseconds.',
      'gauge',
      Math.max(0, ...this.#loopLagMs.values()),
    )
    text.describe('sluice_requests_shed_total', 'Requests that were answered with 503 because a worker was short of memory (heap) or behind with its work (loop).', 'counter')
    for (const [reason, count] of this.#shed) text.sample('sluice_requests_shed_total', `reason="${reason}"`, count)
    text.describe('sluice_connections_refused_total', 'Connections that were closed at once because the node, or the address of the client, had all that it may have.', 'counter')
    for (const [reason, count] of this.#connectionsRefused) text.sample('sluice_connections_refused_total', `reason="${reason}"`, count)
    text.describe('sluice_http2_connections_refused_total', 'HTTP/2 connections that were ended for floods, or for what is no HTTP/2.', 'counter')
    for (const [reason, count] of this.#http2Refused) text.sample('sluice_http2_connections_refused_total', `reason="${reason}"`, count)
    text.single('sluice_workers', 'Worker threads that serve.', 'gauge', values.workers)
    text.single('sluice_worker_heap_bytes', 'JavaScript heap in use, of all workers together.', 'gauge', sumOf(this.#heapBytes))
    text.single('sluice_config_revision', 'Revision that is served; 0 for none.', 'gauge', values.revision)
    text.single('sluice_ready', '1 while the node serves a configuration and is not draining.', 'gauge', values.ready ? 1 : 0)
    text.single('sluice_revisions_applied_total', 'Configurations that every worker serves or served.', 'counter', values.revisionsApplied)
    text.single('sluice_revisions_rejected_total', 'Configurations that were refused.', 'counter', values.revisionsRejected)
    if (values.link === null) return text.toString()
    text.describe('sluice_link_state', '1 for the state that the link to the control plane is in.', 'gauge')
    for (const state of LINK_STATES) text.sample('sluice_link_state', `state="${state}"`, state === values.link.state ? 1 : 0)
    text.single('sluice_link_reconnects_total', 'Times that the link to the control plane was made again.', 'counter', values.link.reconnects)
    return text.toString()
  }

  #requests(text: Text): void {
    const totals = [...this.#totals.values()]
    text.describe('sluice_http_requests_total', 'Requests by service, route, status and variant.', 'counter')
    for (const series of totals) text.sample('sluice_http_requests_total', labelsOf(series), series.requests)
    const name = 'sluice_http_request_duration_ms'
    text.describe(name, 'Time from head to end of a request, in milliseconds.', 'histogram')
    for (const series of totals) {
      const labels = labelsOf(series)
      let sum = 0
      for (const [index, edge] of LATENCY_EDGES_MS.entries()) {
        sum += series.latency[index] ?? 0
        text.sample(`${name}_bucket`, `${labels},le="${edge}"`, sum)
      }
      text.sample(`${name}_bucket`, `${labels},le="+Inf"`, series.requests)
      text.sample(`${name}_sum`, labels, series.latencySumMs)
      text.sample(`${name}_count`, labels, series.requests)
    }
  }

  /** Series are told apart by what their labels say: one that was deleted and made again under its name goes on. */
  #total(series: SeriesReport): SeriesReport {
    const key = labelsOf(series)
    const present = this.#totals.get(key)
    if (present !== undefined) return present
    const named = this.#totals.size < TOTALS_MAX ? series : { ...series, service: null, route: null }
    const rest = this.#totals.get(labelsOf(named))
    if (rest !== undefined) return rest
    const fresh: SeriesReport = { ...named, requests: 0, latencySumMs: 0, latency: series.latency.map(() => 0) }
    this.#totals.set(labelsOf(named), fresh)
    return fresh
  }
}
