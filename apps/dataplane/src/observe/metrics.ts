import { LATENCY_EDGES_MS } from '@sluice/shared/protocol'
import type { SeriesReport, WorkerReport } from './aggregate.ts'

export interface MetricGauges {
  revision: number
  workers: number
  ready: boolean
}

const escapeLabel = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** Totals of a node since its start, in Prometheus's text format. */
export class Metrics {
  readonly #totals = new Map<string, SeriesReport>()
  readonly #connections = new Map<number, number>()

  add(worker: number, report: WorkerReport): void {
    this.#connections.set(worker, report.connections)
    for (const series of report.series) {
      const key = `${series.service}\0${series.route}\0${series.status}\0${series.variant}`
      const total = this.#totals.get(key)
      if (total === undefined) {
        this.#totals.set(key, { ...series, latency: [...series.latency] })
        continue
      }
      total.requests += series.requests
      total.latencySumMs += series.latencySumMs
      for (const [index, count] of series.latency.entries()) total.latency[index] = (total.latency[index] ?? 0) + count
    }
  }

  forget(worker: number): void {
    this.#connections.delete(worker)
  }

  get connections(): number {
    return [...this.#connections.values()].reduce((sum, count) => sum + count, 0)
  }

  get requests(): number {
    return [...this.#totals.values()].reduce((sum, series) => sum + series.requests, 0)
  }

  text(gauges: MetricGauges): string {
    const lines = ['# HELP sluice_http_requests_total Requests by service, route, status and variant.', '# TYPE sluice_http_requests_total counter']
    const labels = (series: SeriesReport) => `service="${escapeLabel(series.service)}",route="${escapeLabel(series.route)}",code="${series.status}",variant="${series.variant}"`
    const totals = [...this.#totals.values()]
    for (const series of totals) lines.push(`sluice_http_requests_total{${labels(series)}} ${series.requests}`)
    lines.push('# HELP sluice_http_request_duration_ms Time from head to end of a request, in milliseconds.', '# TYPE sluice_http_request_duration_ms histogram')
    for (const series of totals) {
      let sum = 0
      for (const [index, edge] of LATENCY_EDGES_MS.entries()) {
        sum += series.latency[index] ?? 0
        lines.push(`sluice_http_request_duration_ms_bucket{${labels(series)},le="${edge}"} ${sum}`)
      }
      lines.push(`sluice_http_request_duration_ms_bucket{${labels(series)},le="+Inf"} ${series.requests}`)
      lines.push(`sluice_http_request_duration_ms_sum{${labels(series)}} ${series.latencySumMs}`, `sluice_http_request_duration_ms_count{${labels(series)}} ${series.requests}`)
    }
    const gauge = (name: string, help: string, value: number) => lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`)
    gauge('sluice_connections', 'Open client connections.', this.connections)
    gauge('sluice_workers', 'Worker threads that serve.', gauges.workers)
    gauge('sluice_config_revision', 'Revision that is served; 0 for none.', gauges.revision)
    gauge('sluice_ready', '1 while the node serves a configuration and is not draining.', gauges.ready ? 1 : 0)
    return `${lines.join('\n')}\n`
  }
}
