import type { AnswerWatch, BackgroundRequest, PluginReply } from '@sluice/plugins/contract'
import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import { BodyRefused } from '../exchange/body-watches.ts'
import type { AnswerHead, ClientOwner, ClientSide } from '../exchange/client-side.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { ObserveSink } from '../observe/sink.ts'
import { findRoute } from '../router/find-route.ts'
import type { UpstreamHead } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import { askInBackground, sendCopy } from './background.ts'
import { changedReply } from './changed-reply.ts'
import type { ChainPlugin, CompiledConfig, CompiledRoute, CompiledService } from './compiled.ts'
import { EncodedClient } from './encoded-client.ts'
import { Forwarding, type ForwardOwner } from './forward.ts'
import { grpcMisfit } from './grpc.ts'
import { type RequestPhaseResult, runRequestPhase } from './request-phase.ts'
import { errorReply, finishUpstreamHead, misfitReply, type OwnReply, pluginReply, type Responder, redirectReply, runResponsePhase, sendOwn } from './respond.ts'
import { sendStored } from './stored-answer.ts'
import { cleanAnswer, removeHopByHop } from './upstream-head.ts'

/** How much of a message may be held for a route that buffers, in bytes. */
export interface BufferLimits {
  requestBufferBytes: number
  answerBufferBytes: number
}

export interface PipelineEnvironment {
  pools: Pools
  observe: ObserveSink
  clock: { nowMs(): number }
  limits: BufferLimits
  log(level: 'warn' | 'error', message: string, fields: Record<string, unknown>): void
}

/** Carries one exchange from its head to its end. Never throws; what can be decided at once is decided before it returns. */
export function handleRequest(exchange: Exchange, client: ClientSide, config: CompiledConfig | null, environment: PipelineEnvironment): void {
  new RequestRun(exchange, client, environment).start(config)
}

/** Answers a request that never reaches a route: it is told in log and metrics like any other. */
export function refuseRequest(exchange: Exchange, client: ClientSide, refusal: { error: ErrorCode; headers?: [string, string][] }, environment: PipelineEnvironment): void {
  new RequestRun(exchange, client, environment).refuse(refusal.error, refusal.headers)
}

const NO_CHAIN: readonly ChainPlugin[] = []
const NO_FAILURES: readonly unknown[] = []

class RequestRun implements ClientOwner, ForwardOwner, Responder {
  client: ClientSide
  readonly #exchange: Exchange
  readonly #environment: PipelineEnvironment
  #chain: readonly ChainPlugin[] = NO_CHAIN
  #hasEnded = false

  constructor(exchange: Exchange, client: ClientSide, environment: PipelineEnvironment) {
    this.#exchange = exchange
    this.client = client
    this.#environment = environment
    client.owner = this
  }

  start(config: CompiledConfig | null): void {
    try {
      if (config === null) this.refuse('not_configured')
      else this.#route(config)
    } catch (error) {
      this.#onDefect(error)
    }
  }

  refuse(error: ErrorCode, headers: [string, string][] = []): void {
    this.#send(errorReply(this.#exchange, error, headers), error)
  }

  // Responder

  nowMs(): number {
    return this.#environment.clock.nowMs()
  }

  onPluginError(plugin: ChainPlugin, error: unknown): void {
    this.#environment.log('error', 'plugin threw', { plugin: plugin.name, plugin_id: plugin.id, request_id: this.#exchange.id, error: String(error) })
  }

  // ClientOwner, until the exchange is forwarded

  onClientGone(): void {
    this.#end('client_gone')
  }

  onClientDrain(): void {}

  // ForwardOwner

  answerTo(head: UpstreamHead): AnswerHead {
    const exchange = this.#exchange
    const upgrade = head.status === 101 ? (head.headers.get('upgrade') ?? 'websocket') : null
    exchange.responseStatus = head.status
    cleanAnswer(head.headers, head.connectionOptions)
    runResponsePhase(exchange, head.headers, this.#chain, this)
    finishUpstreamHead(exchange, this)
    if (upgrade !== null) {
      exchange.responseHeaders.add('Connection', 'Upgrade')
      exchange.responseHeaders.add('Upgrade', upgrade)
    }
    return { status: exchange.responseStatus, reason: exchange.responseStatus === head.status ? head.reason : '', headers: exchange.responseHeaders, length: head.length }
  }

  onNoAnswer(error: ErrorCode, cause: Error | null): void {
    if (this.#hasEnded) return
    const kept = this.#askWatch((watch) => watch.onFailure(ERRORS[error].status))
    if (kept !== undefined) {
      this.#sendReply(kept)
      return
    }
    if (error === 'plugin_failed') this.#environment.log('error', 'a plugin could not handle a body', { request_id: this.#exchange.id, error: String(cause) })
    try {
      this.refuse(error)
    } catch (defect) {
      this.#onDefect(defect)
    }
  }

  onBodyRefused(reply: PluginReply): void {
    try {
      this.#sendReply(reply)
    } catch (defect) {
      this.#onDefect(defect)
    }
  }

  onForwarded(error: ErrorCode | null): void {
    this.#end(error)
  }

  onWatchFailed(error: unknown): void {
    this.#exchange.watch = null
    this.#environment.log('error', 'a plugin that follows or encodes answers threw', { request_id: this.#exchange.id, error: String(error) })
  }

  answerInstead(reply: PluginReply): void {
    // The attempt goes on for the watch, which is told of its end there.
    this.#exchange.watch = null
    this.#sendReply(reply)
  }

  #route(config: CompiledConfig): void {
    const exchange = this.#exchange
    const match = findRoute(config.router, exchange.head)
    const route = match === null ? undefined : config.routes.get(match.route.id)
    if (match === null || route === undefined) {
      this.#chain = config.globalChain
      this.refuse('route_not_found')
      return
    }
    exchange.route = route
    exchange.service = route.service
    exchange.matchedPath = match.matchedPath
    exchange.uriCaptures = match.captures
    this.#chain = route.chains.base
    const misfit = grpcMisfit(exchange, route, clientScheme(exchange))
    if (misfit !== null) {
      this.#send(misfitReply(exchange, misfit), 'protocol_mismatch')
      return
    }
    if (route.protocols.has('https') && !route.protocols.has('http') && clientScheme(exchange) === 'http') {
      this.#send(httpsReply(exchange, route), 'https_required')
      return
    }
    removeHopByHop(exchange.requestHeaders)
    const phase = runRequestPhase(exchange, route.chains)
    if (phase instanceof Promise) {
      phase.then((result) => this.#afterPhase(result, route, config)).catch((error: unknown) => this.#onDefect(error))
    } else this.#afterPhase(phase, route, config)
  }

  #afterPhase(phase: RequestPhaseResult, route: CompiledRoute, config: CompiledConfig): void {
    if (this.#hasEnded) {
      this.#askWatch((watch) => watch.onEnd(false))
      return
    }
    this.#chain = phase.chain
    if (this.#exchange.chooseEncoder !== null) this.client = new EncodedClient(this.client, this.#exchange.chooseEncoder, (error) => this.onWatchFailed(error))
    if (phase.failure !== null) this.#onPluginFailure(phase.failure)
    else if (phase.reply !== null) {
      const refresh = phase.reply.kind === 'stored' ? phase.reply.refresh : null
      if (refresh !== null) this.#refresh(refresh, route, config)
      this.#sendReply(phase.reply)
    } else if (route.service === null) this.refuse('service_missing')
    else this.#forward(route, route.service, config)
  }

  /** A body that did not come is the client's failure, whoever waited for it. */
  #onPluginFailure({ plugin, error }: { plugin: ChainPlugin; error: unknown }): void {
    if (error instanceof BodyRefused) {
      this.#sendReply(error.reply)
      return
    }
    const code = bodyFailure(error)
    if (code === null) this.onPluginError(plugin, error)
    this.refuse(code ?? 'plugin_failed')
  }

  #forward(route: CompiledRoute, service: CompiledService, config: CompiledConfig): void {
    const exchange = this.#exchange
    // Calls of gRPC are conversations: the answer may be what the rest of the body waits for.
    const isBuffered = route.buffersRequest && service.protocol !== 'h2' && exchange.heldBody === null
    const body = isBuffered ? this.client.readAhead(this.#environment.limits.requestBufferBytes) : null
    if (body instanceof Promise) {
      body.then((whole) => this.#whenHeld(whole, route, service, config)).catch((error: unknown) => this.#onHoldFailed(error))
      return
    }
    if (body !== null) exchange.heldBody = body
    this.#startForwarding(route, service, config)
  }

  #whenHeld(whole: Uint8Array | null, route: CompiledRoute, service: CompiledService, config: CompiledConfig): void {
    if (this.#hasEnded) return
    this.#exchange.heldBody = whole
    this.#startForwarding(route, service, config)
  }

  #onHoldFailed(error: unknown): void {
    const code = bodyFailure(error)
    if (code === null) this.#onDefect(error)
    else if (!this.#hasEnded) this.refuse(code)
  }

  #startForwarding(route: CompiledRoute, service: CompiledService, config: CompiledConfig): void {
    const { heldBody, watches } = this.#exchange
    const refusal = watches === null || heldBody === null ? null : watches.whole(heldBody)
    if (refusal !== null) {
      this.#sendReply(refusal)
      return
    }
    const { pools, clock, limits } = this.#environment
    const { answerBufferBytes } = limits
    const { copy } = this.#exchange
    this.#exchange.copy = null
    if (copy !== null) sendCopy(copy, { exchange: this.#exchange, route, service, config, pools, nowMs: () => clock.nowMs() })
    new Forwarding({ exchange: this.#exchange, route, service, config, client: this.client, pools, answerBufferBytes, nowMs: () => clock.nowMs() }, this).start()
  }

  #refresh(request: BackgroundRequest, route: CompiledRoute, config: CompiledConfig): void {
    const { service } = route
    if (service === null) request.watch.onEnd(false)
    else askInBackground(request, { exchange: this.#exchange, route, service, config, pools: this.#environment.pools, nowMs: () => this.nowMs() })
  }

  #askWatch<T>(action: (watch: AnswerWatch) => T): T | undefined {
    const { watch } = this.#exchange
    if (watch === null) return undefined
    try {
      return action(watch)
    } catch (error) {
      this.onWatchFailed(error)
      return undefined
    }
  }

  #sendReply(reply: PluginReply): void {
    if (reply.kind === 'stored') {
      sendStored(this.#exchange, reply, this.#chain, this)
      this.#end(null)
    } else this.#send(pluginReply(this.#exchange, reply), null)
  }

  #send(reply: OwnReply, error: ErrorCode | null): void {
    sendOwn(this.#exchange, changedReply(this.#exchange, { reply, error }, this.#chain, this), this.#chain, this)
    this.#end(error)
  }

  #onDefect(error: unknown): void {
    this.#environment.log('error', 'exchange failed', { request_id: this.#exchange.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    if (this.#hasEnded) return
    // Once a head is out, only an aborted connection tells the client that the answer is not whole.
    if (this.client.hasAnswered) this.client.abort()
    else if (!this.client.isGone) {
      // What was prepared before may have a length of its own.
      this.#exchange.responseHeaders = new HeaderList()
      sendOwn(this.#exchange, errorReply(this.#exchange, 'internal'), NO_CHAIN, this)
    }
    this.#end('internal')
  }

  #end(error: ErrorCode | null): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const exchange = this.#exchange
    this.#askWatch((watch) => watch.onEnd(false))
    // 499, as nginx, for the log and the metrics: nobody reads an answer any more.
    if (error === 'client_gone') exchange.responseStatus = ERRORS.client_gone.status
    for (const plugin of this.#chain) {
      if (plugin.instance.onEnd === undefined) continue
      try {
        plugin.instance.onEnd(exchange)
      } catch (thrown) {
        this.onPluginError(plugin, thrown)
      }
    }
    exchange.end()
    for (const thrown of exchange.endFailures ?? NO_FAILURES)
      this.#environment.log('error', 'a plugin threw at the end of a request', { request_id: exchange.id, error: String(thrown) })
    this.#environment.observe.exchangeEnded(exchange, this.nowMs() - exchange.head.startedAtMs, error)
  }
}

/** The code of an error that a listener gave to whoever waited for a body; null for any other. */
function bodyFailure(error: unknown): ErrorCode | null {
  const code = error instanceof Error && 'error' in error ? error.error : null
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : null
}

/** What the client itself speaks: a trusted proxy in front of us may have ended its TLS. */
function clientScheme(exchange: Exchange): string {
  const said = exchange.head.isPeerTrusted ? exchange.requestHeaders.get('x-forwarded-proto') : null
  return said?.toLowerCase() ?? exchange.scheme
}

function httpsReply(exchange: Exchange, route: CompiledRoute): OwnReply {
  if (route.redirectStatus === 426)
    return errorReply(exchange, 'https_required', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'TLS/1.2, HTTP/1.1'],
    ])
  const host = (exchange.head.isPeerTrusted ? exchange.requestHeaders.get('x-forwarded-host') : null) ?? exchange.host
  return redirectReply(route.redirectStatus, `https://${host.replace(/:\d+$/, '')}${exchange.head.rawPath}${exchange.query === null ? '' : `?${exchange.query}`}`)
}
