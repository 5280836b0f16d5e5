import type { PluginReply } from '@sluice/plugins/contract'
import type { ErrorCode } from '@sluice/shared/errors'
import { makeTarget, type Target } from '../balancer/target.ts'
import type { AnswerHead, BodySink, ClientOwner, ClientSide, RawSide } from '../exchange/client-side.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { Attempt, AttemptFailure, AttemptHandler, AttemptRequest, UpstreamHead } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import { attemptRequest } from './attempt-request.ts'
import type { CompiledConfig, CompiledRoute, CompiledService, CompiledUpstream } from './compiled.ts'
import { callTimeoutMs, deadlineTrailers } from './grpc.ts'
import { HeldAnswer } from './held-answer.ts'
import { passedTrailers } from './trailers.ts'
import { Tunnel } from './tunnel.ts'
import { WatchedAnswer } from './watched-answer.ts'

export interface ForwardInput {
  exchange: Exchange
  route: CompiledRoute
  service: CompiledService
  config: CompiledConfig
  client: ClientSide
  pools: Pools
  /** What may wait for a client whose route buffers answers, in bytes. */
  answerBufferBytes: number
  nowMs(): number
}

/** Who decides what the client gets. */
export interface ForwardOwner {
  /** Makes of an upstream's head what the client gets. */
  answerTo(head: UpstreamHead): AnswerHead
  /** No answer can be had; the client has none yet. */
  onNoAnswer(error: ErrorCode, cause: Error | null): void
  /** A plugin that looks at the body refused it; the client has no answer yet. */
  onBodyRefused(reply: PluginReply): void
  /** It is over: the client has its answer, or was cut off from the rest of one. */
  onForwarded(error: ErrorCode | null): void
  /** A watch has another answer for the client; the upstream's is not for it any more. */
  answerInstead(reply: PluginReply): void
  /** A watch threw; it is told nothing more. */
  onWatchFailed(error: unknown): void
}

/** Sends an exchange upstream: another target for each attempt, and another attempt only where nothing was sent; then relays the answer. */
export class Forwarding implements AttemptHandler, BodySink, ClientOwner {
  readonly #input: ForwardInput
  readonly #owner: ForwardOwner
  /** Who is told of attempts: this, or a watch in front of it. */
  readonly #handler: AttemptHandler
  readonly #upstream: CompiledUpstream | null
  readonly #host: string
  readonly #startedAt: number
  #tried: Set<Target> | null = null
  #target: Target | null = null
  #attempt: Attempt | null = null
  #request: AttemptRequest | null = null
  #left: number
  #reusesConnection = true
  #isOver = false
  #deadline: NodeJS.Timeout | null = null
  /** Bytes of the body that came from the client. */
  #streamed = 0
  /** Bytes of the answer's body; -1 where only its end tells. */
  #answerBytes = -1
  /** The answer, while it is not whole and plugins wait for that. */
  #held: HeldAnswer | null = null

  constructor(input: ForwardInput, owner: ForwardOwner) {
    const { exchange, service, config, client } = input
    this.#input = input
    this.#owner = owner
    this.#handler = exchange.watch === null ? this : new WatchedAnswer(exchange.watch, this, owner)
    this.#host = exchange.upstream.host ?? service.host
    this.#upstream = config.upstreams.get(this.#host) ?? null
    this.#left = service.retries
    this.#startedAt = input.nowMs()
    client.owner = this
    const timeoutMs = service.protocol === 'h2' ? callTimeoutMs(exchange) : null
    if (timeoutMs !== null) this.#deadline = setTimeout(() => this.#onDeadline(), timeoutMs)
  }

  start(): void {
    const { exchange, client, pools } = this.#input
    if (client.isGone || this.#isOver) return
    const target = this.#nextTarget()
    if (target === null) {
      this.#giveUp('no_target', null)
      return
    }
    this.#target = target
    exchange.attempts += 1
    exchange.target = target.address
    const request = attemptRequest(this.#input, { target, upstream: this.#upstream, reusesConnection: this.#reusesConnection })
    this.#request = request
    const attempt = pools.start(request, this.#handler)
    // A kept connection may have failed or even answered by now.
    if (this.#request === request && !this.#isOver) this.#attempt = attempt
  }

  // What the attempt tells.

  onReady(attempt: Attempt): void {
    this.#attempt = attempt
    if (this.#request?.body === 'stream') this.#input.client.startBody(this)
  }

  onUpstreamDrain(): void {
    if (!this.#isOver) this.#input.client.resumeBody()
  }

  onInterim(status: number, headers: HeaderList): void {
    this.#input.client.inform(status, headers)
  }

  onAnswer(head: UpstreamHead): void {
    this.#measure()
    const answer = this.#owner.answerTo(head)
    const { client, exchange } = this.#input
    if (typeof answer.length === 'number') this.#answerBytes = answer.length
    if (exchange.dropsBody) this.#endWithout(answer)
    else if (exchange.rewriting === null) client.begin(answer)
    else if (answer.length === 'none' || exchange.method === 'HEAD') {
      // What a GET would have had is not known.
      answer.headers.remove('content-length')
      client.begin(exchange.method === 'HEAD' ? { ...answer, length: null } : answer)
    } else this.#held = new HeldAnswer(answer, exchange.rewriting)
  }

  onData(piece: Buffer, isShared: boolean): boolean {
    if (this.#held !== null) {
      // One read may hold several pieces: those behind the one that was too many come all the same.
      if (!this.#isOver && !this.#held.take(piece, isShared)) this.#withdraw('upstream_answer_too_long', null)
      return true
    }
    // What came in one read with the head of an answer whose body is dropped.
    if (this.#isOver) return true
    const { exchange, client, route, answerBufferBytes } = this.#input
    exchange.bytesOut += piece.byteLength
    if (exchange.bytesOut === this.#answerBytes) exchange.end()
    return client.write(piece, isShared) || (route.buffersAnswer && client.mayPend(answerBufferBytes))
  }

  get holdsBytes(): boolean {
    return this.#held !== null || this.#input.client.holdsBytes
  }

  onPause(): void {
    if (this.#held === null) this.#input.client.flush()
  }

  onEnd(trailers: HeaderList | null): void {
    // Its connection may carry another request by now.
    this.#attempt = null
    this.#input.exchange.end()
    if (this.#held !== null && !this.#sendHeld(this.#held)) return
    this.#over()
    this.#input.client.end(passedTrailers(trailers))
    this.#owner.onForwarded(null)
  }

  onUpgraded(head: UpstreamHead, upstream: RawSide): void {
    this.#over()
    this.#measure()
    const client = this.#input.client.upgrade(this.#owner.answerTo(head))
    if (client === null) {
      upstream.destroy()
      this.#owner.onNoAnswer('upstream_invalid_response', null)
    } else new Tunnel(client, upstream, () => this.#owner.onForwarded(null))
  }

  onFailed(failure: AttemptFailure): void {
    const { client } = this.#input
    this.#measure()
    this.#attempt = null
    this.#request = null
    if (this.#isOver || client.isGone) return
    // A kept connection that had died says nothing about the target: one more try on a new one is not counted.
    if (failure.onStaleConnection && this.#reusesConnection) {
      this.#reusesConnection = false
      if (this.#target !== null) this.#tried?.delete(this.#target)
      this.start()
    } else if (this.#left > 0 && this.#mayRetry(failure)) {
      this.#left -= 1
      this.start()
    } else this.#giveUp(failure.error, failure.cause)
  }

  onBrokeOff(error: ErrorCode): void {
    if (this.#held !== null) {
      this.#attempt = null
      this.#withdraw(error, null)
      return
    }
    this.#over()
    this.#input.client.abort()
    this.#owner.onForwarded(error)
  }

  // What the client does.

  onBody(piece: Buffer): boolean {
    this.#streamed += piece.byteLength
    const { bodyBytesMax, watches } = this.#input.exchange
    if (this.#streamed > bodyBytesMax) this.onBodyFailed('size_limit_exceeded')
    else if (watches !== null) this.#watch(() => watches.piece(piece, this.#streamed === this.#input.client.length))
    // After the answer nobody waits for the rest of the upload.
    return this.#attempt === null || this.#attempt.write(piece)
  }

  onBodyEnd(trailers: HeaderList | null = null): void {
    const { watches } = this.#input.exchange
    if (watches !== null) this.#watch(() => watches.end())
    this.#attempt?.end(passedTrailers(trailers))
  }

  /** Ends the exchange where a plugin refuses what it is shown. */
  #watch(show: () => PluginReply | null): void {
    if (this.#isOver) return
    let refusal: PluginReply | null
    try {
      refusal = show()
    } catch (error) {
      this.#withdraw('plugin_failed', error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (refusal === null) return
    const { client } = this.#input
    this.#attempt?.cancel()
    this.#over()
    if (client.hasAnswered) {
      client.abort()
      this.#owner.onForwarded('bad_request')
    } else this.#owner.onBodyRefused(refusal)
  }

  onBodyFailed(error: ErrorCode): void {
    const { client } = this.#input
    if (this.#isOver || client.isGone || error === 'client_gone') return
    this.#attempt?.cancel()
    this.#over()
    if (client.hasAnswered) {
      client.abort()
      this.#owner.onForwarded(error)
    } else this.#owner.onNoAnswer(error, null)
  }

  onClientGone(): void {
    if (this.#isOver) return
    this.#attempt?.cancel()
    this.#over()
    this.#measure()
    this.#owner.onForwarded('client_gone')
  }

  onClientDrain(): void {
    this.#attempt?.resume()
  }

  /** The time that a gRPC client gave its call is over: both sides are told (https://grpc.io/docs/guides/deadlines). */
  #onDeadline(): void {
    if (this.#isOver) return
    const { client } = this.#input
    this.#attempt?.cancel()
    this.#over()
    this.#measure()
    if (client.hasAnswered) {
      client.end(deadlineTrailers())
      this.#owner.onForwarded('deadline_exceeded')
    } else this.#owner.onNoAnswer('deadline_exceeded', null)
  }

  /** The attempt goes on for the watch alone. */
  supersede(): void {
    this.#measure()
    this.#over()
  }

  /** Sends the head alone, and reads no more of the upstream. */
  #endWithout(answer: AnswerHead): void {
    const { client, exchange } = this.#input
    this.#attempt?.cancel()
    this.#over()
    answer.headers.remove('trailer')
    exchange.end()
    client.begin({ ...answer, length: 0 })
    client.end(null)
    this.#owner.onForwarded(null)
  }

  /** False where a plugin threw over it. */
  #sendHeld(held: HeldAnswer): boolean {
    const { client, exchange } = this.#input
    try {
      const body = held.rewritten()
      exchange.bytesOut = body.byteLength
      client.begin({ ...held.head, length: body.byteLength })
      client.write(body, false)
      return true
    } catch (error) {
      this.#withdraw('plugin_failed', error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  /** The answer that was held is not sent; the client gets an error instead. */
  #withdraw(error: ErrorCode, cause: Error | null): void {
    this.#attempt?.cancel()
    this.#input.exchange.responseHeaders = new HeaderList()
    this.#giveUp(error, cause)
  }

  #over(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline)
    this.#isOver = true
    this.#attempt = null
    this.#request = null
  }

  #giveUp(error: ErrorCode, cause: Error | null): void {
    this.#over()
    this.#owner.onNoAnswer(error, cause)
  }

  #measure(): void {
    this.#input.exchange.upstreamLatencyMs = Math.max(0, Math.round(this.#input.nowMs() - this.#startedAt))
  }

  #nextTarget(): Target | null {
    const { exchange, service } = this.#input
    if (this.#upstream === null)
      return this.#host === service.host && exchange.upstream.port === null ? service.target : makeTarget(this.#host, exchange.upstream.port ?? service.port, 1)
    this.#tried ??= new Set()
    const target = this.#upstream.balancer.next(this.#tried)
    if (target !== null) this.#tried.add(target)
    return target
  }

  /** A name that has no address has none in the next attempt either: only another target helps. */
  #mayRetry(failure: AttemptFailure): boolean {
    if (!failure.nothingSent) return false
    return this.#upstream !== null || (failure.error !== 'name_resolution_failed' && failure.error !== 'dns_failed')
  }
}
