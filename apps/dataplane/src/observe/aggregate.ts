import type { ErrorCode } from '@sluice/shared/errors'
import { LATENCY_EDGES_MS } from '@sluice/shared/protocol'
import { type EndedExchange, type ObserveSink, recordOf } from './sink.ts'

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
  /** JavaScript heap in use, garbage that was not collected yet included. */
  heapBytes: number
  connections: number
  /** The longest that something waited for the worker's event loop. */
  loopLagMs: number
  /** Requests that were answered with 503 by what the worker was short of: `heap` or `loop`. */
  shed: Record<string, number>
  /** Connections that were closed at once, by whose bound it was: `node` or `address`. */
  connectionsRefused: Record<string, number>
  /** HTTP/2 connections that were ended for what they did, by reason. */
  http2Refused: Record<string, number>
  series: SeriesReport[]
}

/** Series of one interval; requests beyond it are added to one without names. */
const SERIES_MAX = 2_000
/** Access log lines that wait for the next report; beyond them lines are counted as dropped. */
const LINES_MAX = 20_000

export function bucketOfLatency(ms: number): number {
  let index = 0
  while (index < LATENCY_EDGES_MS.length && ms > (LATENCY_EDGES_MS[index] as number)) index += 1
  return index
}

/** Collects what a worker did, to be handed to main each second. Bounded: it never grows with traffic. */
export class Aggregate implements ObserveSink {
  readonly #keepsLines: boolean
  #series = new Map<string, SeriesReport>()
  #byRoute = new Map<string, Map<number, SeriesReport>>()
  #lines: string[] = []
  #dropped = 0

  constructor(options: { keepsLines: boolean }) {
    this.#keepsLines = options.keepsLines
  }

  exchangeEnded(exchange: EndedExchange, latencyMs: number, error: ErrorCode | null): void {
    const series = this.#find(exchange)
    series.requests += 1
    series.latencySumMs += latencyMs
    const bucket = bucketOfLatency(latencyMs)
    series.latency[bucket] = (series.latency[bucket] ?? 0) + 1
    if (!this.#keepsLines) return
    const record = recordOf(exchange, latencyMs, error)
    if (this.#lines.length < LINES_MAX) this.#lines.push(JSON.stringify({ at: new Date(record.startedAtMs).toISOString(), ...record }))
    else this.#dropped += 1
  }

  /** What was collected since the last call. */
  take(): { series: SeriesReport[]; lines: string } {
    const series = [...this.#series.values()]
    if (this.#dropped > 0) this.#lines.push(JSON.stringify({ access_log_lines_dropped: this.#dropped }))
    const lines = this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
    this.#series = new Map()
    this.#byRoute = new Map()
    this.#lines = []
    this.#dropped = 0
    return { series, lines }
  }

  #find({ service, route, responseStatus: status, upstream: { variant } }: EndedExchange): SeriesReport {
    // One look-up by the route, then one by a number: no text is made for a request.
    const slot = variant === 'canary' ? -status : status
    const bySlot = this.#byRoute.get(route.id)
    const present = bySlot?.get(slot)
    if (present !== undefined && present.service?.id === service?.id) return present
    const key = `${service?.id ?? ''} ${route.id} ${slot}`
    const found = this.#series.get(key) ?? this.#make(key, { service: namedOf(service), route: route.id === '' ? null : namedOf(route), status, variant })
    if (bySlot === undefined) this.#byRoute.set(route.id, new Map([[slot, found]]))
    else bySlot.set(slot, found)
    return found
  }

  #make(key: string, of: SeriesOf): SeriesReport {
    if (this.#series.size < SERIES_MAX) return this.#add(key, of)
    const rest = `  ${of.variant === 'canary' ? -of.status : of.status}`
    return this.#series.get(rest) ?? this.#add(rest, { ...of, service: null, route: null })
  }

  #add(key: string, of: SeriesOf): SeriesReport {
    const fresh: SeriesReport = { ...of, requests: 0, latencySumMs: 0, latency: new Array(LATENCY_EDGES_MS.length + 1).fill(0) }
    this.#series.set(key, fresh)
    return fresh
  }
}

type SeriesOf = Pick<SeriesReport, 'service' | 'route' | 'status' | 'variant'>

const namedOf = (of: Named | null): Named | null => (of === null ? null : { id: of.id, name: of.name })
