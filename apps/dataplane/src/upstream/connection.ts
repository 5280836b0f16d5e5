import { connect as connectPlain, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ErrorCode } from '@sluice/shared/errors'
import { type Deadlines, NEVER, type Timed } from '../exchange/deadlines.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import { CHUNK_END, chunkStart, LAST_CHUNK, lastChunk } from '../http1/chunk-writer.ts'
import type { ParserLoan } from '../http1/parser-loan.ts'
import { ReadBuffer } from '../memory/read-buffer.ts'
import type { DirectIo } from '../socket/direct-io.ts'
import { SocketWriter } from '../socket/socket-writer.ts'
import { AnswerReader } from './answer-reader.ts'
import { type Attempt, type AttemptFailure, type AttemptHandler, type AttemptRequest, classifyConnectError, connectFailure, mayRepeat } from './attempt.ts'
import type { UpstreamLimits } from './limits.ts'
import type { UpstreamTls } from './pools.ts'
import { RawUpstream } from './raw-upstream.ts'

/** Whose connection it is. */
export interface ConnectionOwner {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  readonly lookup: LookupFunction
  /** How plain connections are read and written past streams; null where this Node.js cannot. */
  readonly directIo: DirectIo | null
  /** Of answer heads. */
  readonly parsers: ParserLoan
  /** The last TLS session with this target, to be resumed. */
  session: Buffer | undefined
  /** The connection may carry another request. */
  onIdle(connection: UpstreamConnection): void
  onGone(connection: UpstreamConnection): void
}

const CONNECTING = 0
const IDLE = 1
const ACTIVE = 2
const RAW = 3
const GONE = 4

/** A connection to a target: one request at a time, kept in between. */
export class UpstreamConnection implements Attempt, Timed {
  deadlineMs = NEVER
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #writer: SocketWriter
  readonly #isTls: boolean
  readonly #buffer = new ReadBuffer()
  readonly #reader: AnswerReader
  #raw: RawUpstream | null = null
  #state = CONNECTING
  #request: AttemptRequest | null = null
  #handler: AttemptHandler | null = null
  #requests = 0
  #isBodySent = true
  #isPaused = false
  #hasReceived = false
  #error: Error | null = null

  constructor(target: { host: string; port: number; tls: UpstreamTls | null }, owner: ConnectionOwner) {
    this.#owner = owner
    this.#isTls = target.tls !== null
    this.#reader = new AnswerReader(owner.limits, owner.parsers)
    this.#socket = this.#open(target)
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, owner.limits.keepAliveProbeMs)
    socket.once(this.#isTls ? 'secureConnect' : 'connect', () => this.#onConnect())
    this.#writer = new SocketWriter(socket, this.#isTls ? null : owner.directIo, () => this.#onDrain())
    socket.once('end', () => this.#onEof())
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.once('close', () => this.#onClose())
    owner.deadlines.watch(this)
  }

  /** Carries the next request. On a connection that is still being made it goes out as soon as that stands. */
  start(request: AttemptRequest, handler: AttemptHandler): void {
    this.#request = request
    this.#handler = handler
    this.#requests += 1
    this.#hasReceived = false
    this.#isPaused = false
    this.#reader.begin(request.method)
    if (this.#state === CONNECTING) this.deadlineMs = this.#owner.deadlines.nowMs + request.connectTimeoutMs
    else this.#send()
  }

  get mayServeMore(): boolean {
    return this.#state === IDLE && !this.#socket.destroyed && this.#requests < this.#owner.limits.requestsPerConnectionMax
  }

  destroy(): void {
    this.#socket.destroy()
  }

  // The present attempt, as its handler drives it.

  write(piece: Buffer): boolean {
    const writer = this.#writer
    this.#touch()
    if (this.#request?.isChunked !== true) return writer.writeBytes(piece)
    if (piece.byteLength === 0) return true
    if (piece.byteLength <= this.#owner.limits.oneWriteBytesMax) return writer.writeText(chunkStart(piece.byteLength) + piece.toString('latin1') + CHUNK_END)
    writer.cork()
    writer.writeText(chunkStart(piece.byteLength))
    writer.writeBytes(piece)
    const goesOn = writer.writeText(CHUNK_END)
    writer.uncork()
    return goesOn
  }

  end(trailers: HeaderList | null = null): void {
    if (this.#request?.isChunked === true) this.#writer.writeText(trailers === null ? LAST_CHUNK : lastChunk(trailers.lines(null)))
    this.#isBodySent = true
    this.#touch()
  }

  resume(): void {
    this.#isPaused = false
    this.#touch()
    this.#socket.resume()
  }

  cancel(): void {
    this.#handler = null
    this.#request = null
    this.#socket.destroy()
  }

  onDeadline(): void {
    if (this.#state === IDLE) this.#socket.destroy()
    else if (this.#state === CONNECTING) this.#fail('upstream_connect_timeout')
    else if (this.#state === ACTIVE) this.#onSilence()
  }

  #open({ host, port, tls }: { host: string; port: number; tls: UpstreamTls | null }): Socket {
    const onread: OnReadOpts = { buffer: () => this.#buffer.take(), callback: (bytes, buffer) => this.#onBytes(buffer as Buffer, bytes) }
    const common = { host, port, lookup: this.#owner.lookup, onread, allowHalfOpen: true, highWaterMark: this.#owner.limits.sendBufferBytes }
    if (tls === null) return connectPlain(common)
    const { session } = this.#owner
    const socket = connectTls({
      ...common,
      // RFC 6066 3: an address is no server name. The certificate is then checked against the host.
      servername: isIP(tls.servername) === 0 ? tls.servername : '',
      rejectUnauthorized: tls.verify,
      ...(tls.context === null ? {} : { secureContext: tls.context }),
      ...(session === undefined ? {} : { session }),
    })
    socket.on('session', (fresh) => {
      this.#owner.session = fresh
    })
    return socket
  }

  #onConnect(): void {
    if (this.#state !== CONNECTING) return
    if (!this.#isTls) this.#owner.directIo?.read(this.#socket, { take: () => this.#buffer.take(), onRead: (bytes, buffer) => this.#onBytes(buffer, bytes) })
    if (this.#handler === null) this.#becomeIdle()
    else this.#send()
  }

  #send(): void {
    const request = this.#request as AttemptRequest
    const { body, head } = request
    const writer = this.#writer
    this.#state = ACTIVE
    this.#isBodySent = body !== 'stream'
    if (body === 'none') writer.writeText(head)
    else if (body === 'stream') {
      // Head and what is there of the body leave together.
      writer.cork()
      writer.writeText(head)
      this.#handler?.onReady(this)
      writer.uncork()
    } else this.#isBodySent = writer.writeTogether(head, body, false, this.#owner.limits.oneWriteBytesMax)
    this.#touch()
  }

  /** Something went on: the time for the next sign of life begins anew. */
  #touch(): void {
    const request = this.#request
    if (request !== null && this.#state === ACTIVE) this.deadlineMs = this.#owner.deadlines.nowMs + (this.#isBodySent ? request.readTimeoutMs : request.writeTimeoutMs)
  }

  /** The connection was silent: whose turn was it? */
  #onSilence(): void {
    // The client does not take the answer; the listener has a limit for that.
    if (this.#isPaused) this.#touch()
    else if (this.#reader.hasHead || this.#isBodySent) this.#fail('upstream_read_timeout')
    // Nothing waits to be sent: it is the client that does not go on with its body.
    else if (this.#writer.needsDrain || this.#request?.body !== 'stream') this.#fail('upstream_write_timeout')
    else this.#fail('request_timeout')
  }

  #onDrain(): void {
    if (this.#state === RAW) this.#raw?.onDrain()
    if (this.#state !== ACTIVE) return
    if (this.#request?.body !== 'stream') this.#isBodySent = true
    this.#touch()
    this.#handler?.onUpstreamDrain()
  }

  /** One read; false stops reading until `resume`. */
  #onBytes(buffer: Buffer, bytes: number): boolean {
    if (this.#state === RAW) return this.#raw?.onBytes(buffer.subarray(0, bytes)) ?? false
    if (this.#state !== ACTIVE || this.#handler === null) {
      // Nobody asked for these bytes: what they answer is not known.
      this.#socket.destroy()
      return false
    }
    this.#hasReceived = true
    const { isShared } = this.#buffer
    const handler = this.#handler
    const at = this.#reader.read(buffer, bytes, isShared, handler)
    if (this.#handler !== handler) return false
    if (at < 0) {
      this.#fail('upstream_invalid_response')
      return false
    }
    if (this.#reader.upgraded !== null) return this.#switchProtocols(buffer.subarray(at, bytes))
    if (this.#reader.isWhole) {
      this.#complete(at === bytes)
      return !this.#socket.destroyed
    }
    this.#buffer.advance(bytes, this.#reader.hasHead, handler.holdsBytes)
    this.#isPaused = this.#reader.isRefused
    this.#touch()
    if (this.#reader.hasHead) handler.onPause()
    return !this.#isPaused
  }

  /** The answer is whole. The connection is kept only where both sides mean the same end. */
  #complete(isExact: boolean): void {
    const handler = this.#handler
    const { trailers } = this.#reader
    const isKept = isExact && this.#reader.keepsConnection && this.#isBodySent && this.#request?.reusesConnection === true && !this.#socket.destroyed
    this.#buffer.advance(0, false, handler?.holdsBytes ?? true)
    this.#handler = null
    this.#request = null
    if (isKept) this.#becomeIdle()
    else this.#socket.destroy()
    handler?.onEnd(trailers)
  }

  #becomeIdle(): void {
    this.#state = IDLE
    this.deadlineMs = this.#owner.deadlines.nowMs + this.#owner.limits.idleTimeoutMs
    this.#owner.onIdle(this)
  }

  #switchProtocols(rest: Buffer): boolean {
    const { upgraded } = this.#reader
    const handler = this.#handler
    const wanted = this.#request?.upgrade ?? null
    if (upgraded === null || wanted === null || upgraded.headers.get('upgrade')?.toLowerCase() !== wanted.toLowerCase()) {
      this.#fail('upstream_invalid_response')
      return false
    }
    this.#state = RAW
    this.#handler = null
    this.deadlineMs = NEVER
    this.#buffer.advance(0, false, true)
    this.#raw = new RawUpstream(this.#socket, rest.byteLength === 0 ? null : Buffer.from(rest))
    handler?.onUpgraded(upgraded, this.#raw)
    return this.#raw.isTaken
  }

  /** The end of what the upstream sends. */
  #onEof(): void {
    if (this.#state === RAW) {
      this.#raw?.onEnd()
      return
    }
    if (this.#state === ACTIVE && this.#reader.lastsUntilClose && this.#handler !== null) this.#complete(true)
    this.#socket.destroy()
  }

  #fail(error: ErrorCode): void {
    const handler = this.#handler
    const failure = this.#failure(error)
    this.#handler = null
    this.#request = null
    this.#socket.destroy()
    if (handler === null) return
    if (this.#reader.hasHead) handler.onBrokeOff(error)
    else handler.onFailed(failure)
  }

  #failure(error: ErrorCode): AttemptFailure {
    if (this.#state === CONNECTING) return connectFailure(error, this.#error)
    const onStaleConnection = error === 'upstream_closed' && this.#requests > 1 && !this.#hasReceived && this.#request !== null && mayRepeat(this.#request)
    return { error, nothingSent: false, onStaleConnection, cause: this.#error }
  }

  #onClose(): void {
    this.#owner.deadlines.forget(this)
    if (this.#state === RAW) this.#raw?.onClosed()
    else this.#fail(this.#state === CONNECTING ? classifyConnectError(this.#error ?? new Error('closed'), this.#isTls) : 'upstream_closed')
    this.#state = GONE
    this.#owner.onGone(this)
  }
}
