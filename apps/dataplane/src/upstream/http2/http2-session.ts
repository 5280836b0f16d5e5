import { type ClientHttp2Session, connect } from 'node:http2'
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { ErrorCode } from '@sluice/shared/errors'
import { type Deadlines, NEVER, type Timed } from '../../exchange/deadlines.ts'
import { type AttemptRequest, classifyConnectError } from '../attempt.ts'
import type { UpstreamLimits } from '../limits.ts'
import type { UpstreamTls } from '../pools.ts'
import type { AttemptOwner, Http2Attempt } from './http2-attempt.ts'

export interface SessionOwner {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  readonly lookup: LookupFunction
  /** More was given to a connection than the upstream takes at a time. */
  place(attempt: Http2Attempt): void
  /** There may be room for another request. */
  onRoom(): void
  onGone(session: Http2Session): void
}

/** A connection of HTTP/2 to a target. Requests may be given to it before it stands. */
export class Http2Session implements AttemptOwner, Timed {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  deadlineMs = NEVER
  readonly #owner: SessionOwner
  readonly #socket: Socket
  readonly #isTls: boolean
  readonly #attempts = new Set<Http2Attempt>()
  #session: ClientHttp2Session | null = null
  /** The upstream's SETTINGS have come: what it takes at a time is known. */
  #isReady = false
  #error: NodeJS.ErrnoException | null = null
  #streamsMax: number
  #requests = 0
  /** No further request: the upstream said so, or it is closed. */
  #isLeaving = false

  constructor(target: { host: string; port: number; tls: UpstreamTls | null }, owner: SessionOwner) {
    this.#owner = owner
    this.limits = owner.limits
    this.deadlines = owner.deadlines
    this.#streamsMax = owner.limits.streamsPerConnectionMax
    this.#isTls = target.tls !== null
    this.#socket = open(target, owner.lookup)
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, owner.limits.keepAliveProbeMs)
    socket.once(this.#isTls ? 'secureConnect' : 'connect', () => this.#onConnect())
    socket.on('error', (error) => {
      this.#error ??= error
    })
    socket.once('close', () => this.#onClose())
    owner.deadlines.watch(this)
  }

  get hasRoom(): boolean {
    return !this.#isLeaving && this.#attempts.size < this.#streamsMax && this.#requests < this.limits.requestsPerConnectionMax
  }

  start(attempt: Http2Attempt): void {
    attempt.owner = this
    attempt.isQueued = false
    this.#attempts.add(attempt)
    this.deadlineMs = NEVER
    if (this.#session !== null && this.#isReady) this.#begin(this.#session, attempt)
  }

  onDone(attempt: Http2Attempt): void {
    if (!this.#attempts.delete(attempt)) return
    if (this.#attempts.size === 0) this.deadlineMs = performance.now() + this.limits.idleTimeoutMs
    // Nobody is left who would wait for this connection to stand.
    if (this.#attempts.size === 0 && !this.#isReady) this.destroy()
    this.#owner.onRoom()
  }

  /** Idle for too long. */
  onDeadline(): void {
    this.#isLeaving = true
    if (this.#session !== null && !this.#session.destroyed) this.#session.close()
  }

  destroy(): void {
    this.#isLeaving = true
    this.#session?.destroy()
    this.#socket.destroy()
  }

  #begin(session: ClientHttp2Session, attempt: Http2Attempt): void {
    const isUsed = this.#requests > 0
    this.#requests += 1
    try {
      attempt.begin(session, isUsed)
    } catch (error) {
      // The session was closed, or ran out of stream ids, and has not told us yet.
      this.#isLeaving = true
      attempt.fail('upstream_closed', error as Error)
    }
  }

  #onConnect(): void {
    // RFC 9113 3.2: over TLS it is negotiated; a target that chose something else would not understand us.
    if (this.#isTls && (this.#socket as TLSSocket).alpnProtocol !== 'h2') {
      this.#error = Object.assign(new Error('the target does not speak HTTP/2 over TLS'), { code: 'ERR_TLS_ALPN' })
      this.#socket.destroy()
      return
    }
    const session = connect(this.#isTls ? 'https://upstream' : 'http://upstream', {
      createConnection: () => this.#socket,
      settings: { enablePush: false, initialWindowSize: this.limits.streamWindowBytes, maxHeaderListSize: this.limits.headBytesMax },
      maxHeaderListPairs: this.limits.fieldsMax,
      peerMaxConcurrentStreams: this.limits.streamsPerConnectionMax,
    })
    session.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error
    })
    session.on('remoteSettings', ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
      this.#streamsMax = Math.min(maxConcurrentStreams, this.limits.streamsPerConnectionMax)
      if (this.#isReady) this.#owner.onRoom()
      else this.#onReady(session)
    })
    session.on('goaway', () => this.#leave())
    session.once('close', () => {
      this.#isLeaving = true
      this.#socket.destroy()
    })
    this.#session = session
  }

  #onReady(session: ClientHttp2Session): void {
    this.#isReady = true
    const attempts = [...this.#attempts]
    for (const attempt of attempts.slice(this.#streamsMax)) {
      this.#attempts.delete(attempt)
      this.#owner.place(attempt)
    }
    for (const attempt of attempts.slice(0, this.#streamsMax)) this.#begin(session, attempt)
  }

  #leave(): void {
    this.#isLeaving = true
    this.#owner.onRoom()
  }

  #onClose(): void {
    this.#isLeaving = true
    this.deadlines.forget(this)
    this.#session?.destroy()
    const error = this.#meaning()
    for (const attempt of [...this.#attempts]) attempt.fail(error, this.#error)
    this.#owner.onGone(this)
  }

  #meaning(): ErrorCode {
    if (!this.#isReady && this.#error?.code !== 'ERR_HTTP2_ERROR') return classifyConnectError(this.#error ?? new Error('closed'), this.#isTls)
    return this.#error?.code === 'ERR_HTTP2_ERROR' ? 'upstream_invalid_response' : 'upstream_closed'
  }
}

function open({ host, port, tls }: { host: string; port: number; tls: AttemptRequest['tls'] }, lookup: LookupFunction): Socket {
  if (tls === null) return connectPlain({ host, port, lookup })
  return connectTls({
    host,
    port,
    lookup,
    ALPNProtocols: ['h2'],
    // RFC 6066 3: an address is no server name. The certificate is then checked against the host.
    servername: isIP(tls.servername) === 0 ? tls.servername : '',
    rejectUnauthorized: tls.verify,
    ...(tls.context === null ? {} : { secureContext: tls.context }),
  })
}
