import type { ErrorCode } from '@sluice/shared/errors'
import { escapePath } from '@sluice/shared/routing/normalize'
import { buildUpstreamPath } from '@sluice/shared/routing/upstream-path'
import type { RingTarget } from '../balancer/ring.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { type AttemptRequest, type AttemptResult, runAttempt } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import type { ClientSide } from './client.ts'
import type { CompiledConfig, CompiledRoute, CompiledService, CompiledUpstream } from './compiled.ts'
import { buildUpstreamHeaders } from './upstream-headers.ts'

export interface ForwardInput {
  exchange: Exchange
  route: CompiledRoute
  service: CompiledService
  config: CompiledConfig
  client: ClientSide
  pools: Pools
  nowMs(): number
}

export type ForwardResult = Exclude<AttemptResult, { kind: 'failed' }> | { kind: 'error'; error: ErrorCode; cause: Error | null }

function hostHeader(input: ForwardInput, upstream: CompiledUpstream | null, target: RingTarget): string {
  const { exchange, route, service } = input
  if (route.preserveHost) return exchange.host
  const usual = service.scheme === 'https' ? 443 : 80
  const withPort = (host: string) => (target.port === usual ? host : `${host}:${target.port}`)
  if (upstream === null) return withPort(target.host)
  return withPort(upstream.hostHeader ?? target.host)
}

function buildAttempt(input: ForwardInput, upstream: CompiledUpstream | null, target: RingTarget): AttemptRequest {
  const { exchange, route, service, client } = input
  const path = buildUpstreamPath({ requestPath: exchange.path, matchedPath: exchange.matchedPath, stripPath: route.stripPath, servicePath: exchange.upstream.path ?? service.path })
  const isUpgrade = exchange.head.upgrade !== null
  const host = hostHeader(input, upstream, target)
  return {
    host: target.host,
    port: target.port,
    method: exchange.method,
    target: exchange.query === null ? escapePath(path.path) : `${escapePath(path.path)}?${exchange.query}`,
    headers: buildUpstreamHeaders(exchange, { host, strippedPrefix: path.strippedPrefix, isUpgrade }),
    tls: service.tls === null ? null : service.tls(host.replace(/:\d+$/, '')),
    connectTimeoutMs: service.connectTimeoutMs,
    readTimeoutMs: service.readTimeoutMs,
    writeTimeoutMs: service.writeTimeoutMs,
    body: exchange.replacedBody ?? client.body,
    isUpgrade,
  }
}

/** Sends the exchange upstream: another target for each attempt, and another attempt only where nothing was sent. */
export async function forward(input: ForwardInput): Promise<ForwardResult> {
  const { exchange, service, config, client } = input
  const host = exchange.upstream.host ?? service.host
  const upstream = config.upstreams.get(host) ?? null
  const direct: RingTarget = { host, port: exchange.upstream.port ?? service.port, weight: 1 }
  const tried = new Set<RingTarget>()
  const startedAt = input.nowMs()
  for (let attempt = 0; ; attempt += 1) {
    const target = upstream === null ? direct : upstream.balancer.next(tried)
    if (target === null) return { kind: 'error', error: 'no_target', cause: null }
    tried.add(target)
    exchange.attempts = attempt + 1
    exchange.target = `${target.host}:${target.port}`
    const result = await runAttempt(buildAttempt(input, upstream, target), input.pools, (cancel) => client.onGone(cancel))
    exchange.upstreamLatencyMs = Math.max(0, Math.round(input.nowMs() - startedAt))
    if (result.kind !== 'failed') return result
    const mayRetry = result.nothingSent && attempt < service.retries && !client.isGone
    if (!mayRetry) return { kind: 'error', error: result.error, cause: result.cause }
  }
}
