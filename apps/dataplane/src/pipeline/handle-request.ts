import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import type { Exchange } from '../exchange/exchange.ts'
import type { ObserveSink } from '../observe/sink.ts'
import { findRoute } from '../router/find-route.ts'
import type { Pools } from '../upstream/pools.ts'
import type { ClientSide } from './client.ts'
import type { ChainPlugin, CompiledConfig, CompiledRoute } from './compiled.ts'
import { type ForwardResult, forward } from './forward.ts'
import { runRequestPhase } from './request-phase.ts'
import { errorReply, finishUpstreamHead, pluginReply, type Responder, redirectReply, runResponsePhase, sendOwn } from './respond.ts'
import { cleanResponseHeaders, removeHopByHop } from './upstream-headers.ts'

export interface PipelineEnvironment {
  pools: Pools
  observe: ObserveSink
  clock: { nowMs(): number }
  log(level: 'warn' | 'error', message: string, fields: Record<string, unknown>): void
}

interface Outcome {
  chain: readonly ChainPlugin[]
  error: ErrorCode | null
}

/** Carries one exchange from its head to its end. Never rejects. */
export async function handleRequest(exchange: Exchange, client: ClientSide, config: CompiledConfig | null, environment: PipelineEnvironment): Promise<void> {
  const responder: Responder = {
    client,
    nowMs: () => environment.clock.nowMs(),
    onPluginError: (plugin, error) => environment.log('error', 'plugin threw', { plugin: plugin.name, plugin_id: plugin.id, request_id: exchange.id, error: String(error) }),
  }
  let outcome: Outcome = { chain: [], error: 'internal' }
  try {
    outcome = config === null ? refuse(exchange, 'not_configured', [], responder) : await proceed(exchange, client, config, responder, environment)
  } catch (error) {
    environment.log('error', 'exchange failed', { request_id: exchange.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    outcome = { chain: outcome.chain, error: 'internal' }
    // Once a head is out, only an aborted connection tells the client that the answer is not whole.
    if (client.hasAnswered) client.abort()
    else if (!client.isGone) sendOwn(exchange, errorReply(exchange, 'internal'), [], responder)
  }
  finish(exchange, outcome, environment)
}

/** Answers a request that never reaches a route: it is told in log and metrics like any other. */
export function refuseRequest(exchange: Exchange, client: ClientSide, refusal: { error: ErrorCode; headers?: [string, string][] }, environment: PipelineEnvironment): void {
  const responder: Responder = { client, nowMs: () => environment.clock.nowMs(), onPluginError: () => {} }
  sendOwn(exchange, errorReply(exchange, refusal.error, refusal.headers), [], responder)
  finish(exchange, { chain: [], error: refusal.error }, environment)
}

function refuse(exchange: Exchange, error: ErrorCode, chain: readonly ChainPlugin[], responder: Responder): Outcome {
  sendOwn(exchange, errorReply(exchange, error), chain, responder)
  return { chain, error }
}

async function proceed(exchange: Exchange, client: ClientSide, config: CompiledConfig, responder: Responder, environment: PipelineEnvironment): Promise<Outcome> {
  const match = findRoute(config.router, exchange.head)
  const route = match === null ? undefined : config.routes.get(match.route.id)
  if (match === null || route === undefined) return refuse(exchange, 'route_not_found', config.globalChain, responder)
  exchange.route = route
  exchange.service = route.service
  exchange.matchedPath = match.matchedPath
  exchange.uriCaptures = match.captures
  if (!route.protocols.has('http') && clientScheme(exchange) === 'http') return requireHttps(exchange, route, responder)
  removeHopByHop(exchange.requestHeaders)
  const phase = await runRequestPhase(exchange, route.chains)
  if (client.isGone) return leave(exchange, phase.chain)
  if (phase.failure !== null) {
    responder.onPluginError(phase.failure.plugin, phase.failure.error)
    return refuse(exchange, 'plugin_failed', phase.chain, responder)
  }
  if (phase.reply !== null) {
    sendOwn(exchange, pluginReply(exchange, phase.reply), phase.chain, responder)
    return { chain: phase.chain, error: null }
  }
  if (route.service === null) return refuse(exchange, 'service_missing', phase.chain, responder)
  const result = await forward({ exchange, route, service: route.service, config, client, pools: environment.pools, nowMs: responder.nowMs })
  return { chain: phase.chain, error: await answer(exchange, result, phase.chain, responder) }
}

/** What the client itself speaks: a trusted proxy in front of us may have ended its TLS. */
function clientScheme(exchange: Exchange): string {
  const said = exchange.head.isPeerTrusted ? exchange.requestHeaders.get('x-forwarded-proto') : null
  return said?.toLowerCase() ?? exchange.scheme
}

function requireHttps(exchange: Exchange, route: CompiledRoute, responder: Responder): Outcome {
  if (route.redirectStatus !== 426) {
    const host = (exchange.head.isPeerTrusted ? exchange.requestHeaders.get('x-forwarded-host') : null) ?? exchange.host
    const location = `https://${host.replace(/:\d+$/, '')}${exchange.head.rawPath}${exchange.query === null ? '' : `?${exchange.query}`}`
    sendOwn(exchange, redirectReply(route.redirectStatus, location), route.chains.base, responder)
  } else {
    sendOwn(
      exchange,
      errorReply(exchange, 'https_required', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'TLS/1.2, HTTP/1.1'],
      ]),
      route.chains.base,
      responder,
    )
  }
  return { chain: route.chains.base, error: 'https_required' }
}

/** Status 499, as nginx, for the log and the metrics: nobody reads an answer any more. */
function leave(exchange: Exchange, chain: readonly ChainPlugin[]): Outcome {
  exchange.responseStatus = ERRORS.client_gone.status
  return { chain, error: 'client_gone' }
}

async function answer(exchange: Exchange, result: ForwardResult, chain: readonly ChainPlugin[], responder: Responder): Promise<ErrorCode | null> {
  const { client } = responder
  if (client.isGone) return leave(exchange, chain).error
  if (result.kind === 'error') {
    sendOwn(exchange, errorReply(exchange, result.error), chain, responder)
    return result.error
  }
  const { response } = result
  exchange.responseStatus = response.statusCode ?? 502
  const upgrade = result.kind === 'upgraded' ? response.headers.upgrade : undefined
  runResponsePhase(exchange, cleanResponseHeaders(response.rawHeaders.slice()), chain, responder)
  finishUpstreamHead(exchange, responder)
  const head = { status: exchange.responseStatus, reason: response.statusMessage ?? '', headers: exchange.responseHeaders.raw() }
  if (result.kind === 'upgraded') {
    head.headers.push('Connection', 'Upgrade', 'Upgrade', upgrade ?? 'websocket')
    await client.tunnel({ ...head, socket: result.socket, head: result.head })
    return null
  }
  const { bytes, brokeOff } = await client.relay({ ...head, body: response })
  exchange.bytesOut = bytes
  return brokeOff ? 'upstream_closed' : null
}

function finish(exchange: Exchange, outcome: Outcome, environment: PipelineEnvironment): void {
  for (const plugin of outcome.chain) {
    try {
      plugin.instance.onEnd?.(exchange)
    } catch (error) {
      environment.log('error', 'plugin threw', { plugin: plugin.name, request_id: exchange.id, error: String(error) })
    }
  }
  const named = exchange.route.id === '' ? null : exchange.route
  environment.observe.exchangeEnded({
    requestId: exchange.id,
    startedAtMs: exchange.head.startedAtMs,
    latencyMs: environment.clock.nowMs() - exchange.head.startedAtMs,
    upstreamLatencyMs: exchange.upstreamLatencyMs,
    method: exchange.method,
    path: exchange.path,
    host: exchange.host,
    status: exchange.responseStatus,
    clientIp: exchange.clientIp,
    scheme: exchange.scheme,
    route: named === null ? null : { id: named.id, name: named.name },
    service: exchange.service === null ? null : { id: exchange.service.id, name: exchange.service.name },
    consumer: exchange.consumer === null ? null : { id: exchange.consumer.id, username: exchange.consumer.username },
    variant: exchange.upstream.variant,
    target: exchange.target,
    attempts: exchange.attempts,
    error: outcome.error,
    bytesOut: exchange.bytesOut,
    log: exchange.log,
  })
}
