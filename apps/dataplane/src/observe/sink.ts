import type { ErrorCode } from '@sluice/shared/errors'

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

/** Where ended exchanges go: access log, metrics, telemetry. Never throws, never waits. */
export interface ObserveSink {
  exchangeEnded(record: ExchangeRecord): void
}
