import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { ErrorCode } from '@sluice/shared/errors'
import type { ClientSide } from '../../exchange/client-side.ts'
import { type Deadlines, NEVER, type Timed } from '../../exchange/deadlines.ts'
import type { RequestHead } from '../../exchange/exchange.ts'
import type { ListenerLimits } from '../limits.ts'
import { type ConnectionFacts, makeRequestHead, type RealIpSettings } from '../request-head.ts'
import { FrameRate } from './frame-rate.ts'
import { Http2Client, type StreamHost } from './http2-client.ts'
import { readRequestFields } from './request-fields.ts'

/** Why a connection was ended by us: what there was too much of, or `protocol` for what is no HTTP/2. */
export type Http2Refusal = 'resets' | 'settings' | 'pings' | 'continuations' | 'streams' | 'frames' | 'protocol'

export interface Http2Host {
  readonly limits: ListenerLimits
  readonly deadlines: Deadlines
  readonly realIp: RealIpSettings
  nowMs(): number
  onExchange(head: RequestHead, client: ClientSide): void
  onRefused(head: RequestHead, client: ClientSide, error: ErrorCode): void
  onHttp2Closed(connection: Http2Connection): void
  /** A connection was ended for what it did. */
  onHttp2Refused(reason: Http2Refusal): void
}

/** Fields beyond which a head is not even read, as a multiple of those that are taken; in between the answer is 431. */
const FIELDS_READ_FACTOR = 2
const ANY_STREAM = 2 ** 31 - 1

/** A connection of an HTTP/2 client. Frames and header compression are node:http2's (nghttp2). */
export class Http2Connection implements StreamHost, Timed {
  readonly limits: ListenerLimits
  readonly deadlines: Deadlines
  deadlineMs: number
  readonly #host: Http2Host
  readonly #facts: ConnectionFacts
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #resets: FrameRate
  readonly #settings: FrameRate
  readonly #pings: FrameRate
  #requests = 0
  #streams = 0
  #isRefused = false

  /** `socket` may hold bytes that were read and put back. */
  constructor(socket: Socket, facts: ConnectionFacts, host: Http2Host) {
    const { limits } = host
    const { http2 } = limits
    this.#host = host
    this.#socket = socket
    this.#facts = facts
    this.limits = limits
    this.deadlines = host.deadlines
    this.#resets = new FrameRate(http2.resetsPerSecondMax, http2.resetsBurst)
    this.#settings = new FrameRate(http2.settingsPerSecondMax, http2.settingsPerSecondMax)
    this.#pings = new FrameRate(http2.pingsPerSecondMax, http2.pingsPerSecondMax)
    this.deadlineMs = performance.now() + limits.headTimeoutMs
    const session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: http2.streamsMax, maxHeaderListSize: limits.headBytesMax, enablePush: false },
      maxHeaderListPairs: limits.fieldsMax * FIELDS_READ_FACTOR,
      maxSessionMemory: http2.connectionMebibytesMax,
      streamResetBurst: http2.resetsBurst,
      streamResetRate: http2.resetsPerSecondMax,
      strictSingleValueFields: false,
    })
    this.#session = session
    session.on('stream', (stream, _headers, flags, raw) => this.#onStream(stream, flags, raw))
    session.on('remoteSettings', () => this.#count(this.#settings, 'settings'))
    session.on('ping', () => this.#count(this.#pings, 'pings'))
    session.on('error', (error: Error) => this.#onError(error))
    session.once('close', () => this.#onClose())
    // Nobody half-closes an HTTP/2 connection to be answered on it.
    socket.once('end', () => {
      session.destroy()
      socket.destroySoon()
    })
    host.deadlines.watch(this)
  }

  /** Tells the client to make its next requests elsewhere, and ends a little later; what is on its way is still served (RFC 9113 6.8). */
  announceEnd(): void {
    if (!this.#session.destroyed && !this.#session.closed) this.#session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM)
    setTimeout(() => this.end(), this.limits.drainIdleMs).unref()
  }

  /** Takes no more requests; the connection ends with its last stream. */
  end(): void {
    if (!this.#session.destroyed) this.#session.close()
    if (this.#streams === 0) this.deadlineMs = performance.now() + this.limits.lingerMs
  }

  onStreamClosed(isTakenBack: boolean): void {
    this.#streams -= 1
    if (this.#streams === 0) this.deadlineMs = performance.now() + (this.#session.closed ? this.limits.lingerMs : this.limits.keepAliveTimeoutMs)
    if (isTakenBack) this.#count(this.#resets, 'resets')
  }

  onDeadline(): void {
    if (!this.#session.closed && !this.#session.destroyed) {
      this.end()
      return
    }
    // A session that has closed waits for its client to close too, and some never do.
    this.#session.destroy()
    this.#socket.destroy()
  }

  #onStream(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    this.#requests += 1
    if (stream.destroyed || stream.closed) {
      // It was taken back before anybody could look at it.
      stream.on('error', () => {})
      this.#count(this.#resets, 'resets')
      return
    }
    this.#streams += 1
    this.deadlineMs = NEVER
    const { realIp, nowMs } = { realIp: this.#host.realIp, nowMs: this.#host.nowMs() }
    const request = readRequestFields(raw, this.limits)
    const made = makeRequestHead(request.facts, this.#facts, { nowMs, requests: this.#requests, realIp })
    const client = new Http2Client(stream, request, (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0, this)
    const refused = request.refused ?? made.refused
    if (refused === null) this.#host.onExchange(made.head, client)
    else this.#host.onRefused(made.head, client, refused)
    if (this.#requests >= this.limits.requestsPerConnectionMax) this.end()
  }

  #count(rate: FrameRate, reason: Http2Refusal): void {
    if (!rate.take(performance.now()) || this.#session.destroyed) return
    this.#refuse(reason)
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }

  #onError(error: Error): void {
    this.#refuse(this.#reasonOf(error))
  }

  #refuse(reason: Http2Refusal): void {
    if (this.#isRefused) return
    this.#isRefused = true
    this.#host.onHttp2Refused(reason)
  }

  /** nghttp2 says it in words only, and of some floods not which it was. */
  #reasonOf(error: Error): Http2Refusal {
    const { message } = error
    const code = (error as NodeJS.ErrnoException).code
    if (message.includes('CONTINUATION')) return 'continuations'
    if (code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES') return 'frames'
    if (code === 'ERR_HTTP2_MAX_PENDING_SETTINGS_ACK' || message.includes('SETTINGS')) return 'settings'
    if (this.#resets.isNear) return 'resets'
    if (message.includes('Flooding')) return this.#pings.isNear ? 'pings' : 'settings'
    return message.includes('rejected') ? 'streams' : 'protocol'
  }

  #onClose(): void {
    this.#host.deadlines.forget(this)
    this.#host.onHttp2Closed(this)
  }
}
