import { isIP } from 'node:net'
import type { ErrorCode } from '@sluice/shared/errors'
import { escapePath } from '@sluice/shared/routing/normalize'
import { buildUpstreamPath } from '@sluice/shared/routing/upstream-path'
import type { RingTarget } from '../balancer/ring.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { type AttemptFailure, type AttemptRequest, type AttemptResult, runAttempt } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import type { ClientSide } from './client.ts'
import type { CompiledConfig, CompiledRoute, CompiledService, CompiledUpstream } from './compiled.ts'
import { type BodyLength, buildUpstreamHeaders } from './upstream-headers.ts'

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

const bracketed = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)

function hostHeader(input: ForwardInput, upstream: CompiledUpstream | null, target: RingTarget): string {
  const { exchange, route, service } = input
  if (route.preserveHost) return exchange.host
  const usual = service.scheme === 'https' ? 443 : 80
  const host = upstream?.hostHeader ?? bracketed(target.host)
  return target.port === usual || /:\d+$/.test(upstream?.hostHeader ?? '') ? host : `${host}:${target.port}`
}

/** Methods whose content nobody expects. With others a missing length would be written as chunks of nothing (RFC 9110 8.6 asks for a length). */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

function bodyLength(exchange: Exchange, client: ClientSide): BodyLength {
  if (exchange.heldBody !== null) return exchange.heldBody.byteLength
  if (client.hasBody) return client.bodyLength ?? 'chunked'
  return exchange.requestHeaders.has('content-length') || !WITHOUT_CONTENT.has(exchange.method) ? 0 : 'none'
}

interface AttemptInput {
  upstream: CompiledUpstream | null
  target: RingTarget
  reusesConnection: boolean
}

function buildAttempt(input: ForwardInput, { upstream, target, reusesConnection }: AttemptInput): AttemptRequest {
  const { exchange, route, service, client } = input
  const path = buildUpstreamPath({ requestPath: exchange.path, matchedPath: exchange.matchedPath, stripPath: route.stripPath, servicePath: exchange.upstream.path ?? service.path })
  const isUpgrade = exchange.head.upgrade !== null
  const host = hostHeader(input, upstream, target)
  return {
    host: target.host,
    port: target.port,
    method: exchange.method,
    target: exchange.query === null ? escapePath(path.path) : `${escapePath(path.path)}?${exchange.query}`,
    headers: buildUpstreamHeaders(exchange, { host, strippedPrefix: path.strippedPrefix, isUpgrade, body: bodyLength(exchange, client) }),
    tls: service.tls === null ? null : service.tls(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')),
    connectTimeoutMs: service.connectTimeoutMs,
    readTimeoutMs: service.readTimeoutMs,
    writeTimeoutMs: service.writeTimeoutMs,
    body: exchange.heldBody ?? (client.hasBody ? client : null),
    isUpgrade,
    reusesConnection,
  }
}

/** A name that has no address has none in the next attempt either: only another target helps. */
function mayRetry(failure: AttemptFailure, upstream: CompiledUpstream | null, client: ClientSide): boolean {
  if (!failure.nothingSent || client.isGone) return false
  return upstream !== null || (failure.error !== 'name_resolution_failed' && failure.error !== 'dns_failed')
}

/** Sends the exchange upstream: another target for each attempt, and another attempt only where nothing was sent. */
export async function forward(input: ForwardInput): Promise<ForwardResult> {
  const { exchange, service, config, client } = input
  const host = exchange.upstream.host ?? service.host
  const upstream = config.upstreams.get(host) ?? null
  const direct: RingTarget = { host: host.replace(/^\[|\]$/g, ''), port: exchange.upstream.port ?? service.port, weight: 1 }
  const tried = new Set<RingTarget>()
  const startedAt = input.nowMs()
  let cancel = () => {}
  client.onGone(() => cancel())
  let left = service.retries
  let reusesConnection = true
  while (!client.isGone) {
    const target = upstream === null ? direct : upstream.balancer.next(tried)
    if (target === null) return { kind: 'error', error: 'no_target', cause: null }
    tried.add(target)
    exchange.attempts += 1
    exchange.target = `${bracketed(target.host)}:${target.port}`
    const attempt = buildAttempt(input, { upstream, target, reusesConnection })
    const result = await runAttempt(attempt, input.pools, {
      onCancel: (action) => {
        cancel = action
      },
      onInterim: (status, headers) => client.inform(status, headers),
    })
    exchange.upstreamLatencyMs = Math.max(0, Math.round(input.nowMs() - startedAt))
    if (result.kind !== 'failed') return result
    if (client.isGone) break
    // A kept connection that had died says nothing about the target: one more try on a new one is not counted.
    const wasStale = result.onStaleConnection && reusesConnection
    if (wasStale) {
      reusesConnection = false
      tried.delete(target)
    } else if (left > 0 && mayRetry(result, upstream, client)) left -= 1
    else return { kind: 'error', error: result.error, cause: result.cause }
  }
  return { kind: 'error', error: 'client_gone', cause: null }
}
