import type { ErrorCode } from '@sluice/shared/errors'
import type { Exchange } from '../exchange/exchange.ts'

/** What is known of an exchange when it has ended. */
export interface ExchangeRecord {
  requestId: string
  startedAtMs: number
  latencyMs: number
  upstreamLatencyMs: number | null
  method: string
  path: string
  host: string
  status: number
  clientIp: string
  scheme: 'http' | 'https'
  route: { id: string; name: string | null } | null
  service: { id: string; name: string | null } | null
  consumer: { id: string; username: string | null } | null
  variant: 'stable' | 'canary'
  target: string | null
  attempts: number
  error: ErrorCode | null
  bytesOut: number
  log: Record<string, unknown>
}

/** What is looked at of an exchange that has ended. */
export type EndedExchange = Pick<
  Exchange,
  | 'id'
  | 'head'
  | 'upstreamLatencyMs'
  | 'method'
  | 'path'
  | 'host'
  | 'responseStatus'
  | 'clientIp'
  | 'scheme'
  | 'route'
  | 'service'
  | 'consumer'
  | 'upstream'
  | 'target'
  | 'attempts'
  | 'bytesOut'
  | 'log'
>

/** Where ended exchanges go: access log, metrics, telemetry. Never throws, never waits. */
export interface ObserveSink {
  /** `exchange` is read before this returns. */
  exchangeEnded(exchange: EndedExchange, latencyMs: number, error: ErrorCode | null): void
}

/** What the access log says of an exchange. */
export function recordOf(exchange: EndedExchange, latencyMs: number, error: ErrorCode | null): ExchangeRecord {
  const { route, service, consumer } = exchange
  return {
    requestId: exchange.id,
    startedAtMs: exchange.head.startedAtMs,
    latencyMs,
    upstreamLatencyMs: exchange.upstreamLatencyMs,
    method: exchange.method,
    path: exchange.path,
    host: exchange.host,
    status: exchange.responseStatus,
    clientIp: exchange.clientIp,
    scheme: exchange.scheme,
    route: route.id === '' ? null : { id: route.id, name: route.name },
    service: service === null ? null : { id: service.id, name: service.name },
    consumer: consumer === null ? null : { id: consumer.id, username: consumer.username },
    variant: exchange.upstream.variant,
    target: exchange.target,
    attempts: exchange.attempts,
    error,
    bytesOut: exchange.bytesOut,
    log: exchange.log,
  }
}
