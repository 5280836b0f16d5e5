import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import type { ErrorCode } from '@sluice/shared/errors'
import { type Deadlines, NEVER, type Timed } from '../../exchange/deadlines.ts'
import { HeaderList } from '../../exchange/header-list.ts'
import { type Attempt, type AttemptFailure, type AttemptHandler, type AttemptRequest, connectFailure, mayRepeat, type UpstreamHead } from '../attempt.ts'
import type { UpstreamLimits } from '../limits.ts'
import { requestFields } from './request-fields.ts'

/** Whose attempts they are. */
export interface AttemptOwner {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  /** The attempt needs its place no more. */
  onDone(attempt: Http2Attempt): void
}

/** What the pool gives an attempt. */
interface AttemptPlace {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  /** Finds another connection for it. */
  place(attempt: Http2Attempt): void
}

/** Bytes of a stream that are kept until its answer begins, so that it can be sent again where the upstream refused it unseen. */
const REPLAY_BYTES_MAX = 64 * 1024
/** Times that a request goes to another connection after the upstream refused it. */
const REFUSALS_MAX = 3

const WAITING = 0
const SENT = 1
const ANSWERED = 2
const DONE = 3

/** One request over HTTP/2: a stream, from before there is a connection for it. */
export class Http2Attempt implements Attempt, Timed {
  readonly request: AttemptRequest
  deadlineMs: number
  /** Who is told when it is over. */
  owner: AttemptOwner | null = null
  /** All connections of the target are full. */
  isQueued = false
  readonly #handler: AttemptHandler
  readonly #place: AttemptPlace
  #state = WAITING
  #stream: ClientHttp2Stream | null = null
  #isBodySent: boolean
  /** Null once it is too much to be sent again, or will not be. */
  #written: Buffer[] | null = []
  #writtenBytes = 0
  #refusals = 0
  #isPaused = false
  #interim = 0
  #trailers: HeaderList | null = null
  #sentTrailers: HeaderList | null = null
  /** The connection had answered others before. */
  #isOnUsed = false

  constructor(request: AttemptRequest, handler: AttemptHandler, place: AttemptPlace) {
    this.request = request
    this.#handler = handler
    this.#place = place
    this.#isBodySent = request.body !== 'stream'
    this.deadlineMs = performance.now() + request.connectTimeoutMs
    place.deadlines.watch(this)
  }

  /** Sends the request. `isUsed`: the connection was kept, and may have been closed without our knowing. */
  begin(session: ClientHttp2Session, isUsed: boolean): void {
    if (this.#state !== WAITING) return
    const { body } = this.request
    this.#state = SENT
    this.#isOnUsed = isUsed
    const written = this.#written ?? []
    const options = { endStream: body === 'none', waitForTrailers: body === 'stream' }
    const stream = session.request(requestFields(this.request), options)
    this.#stream = stream
    this.#listen(stream)
    this.#touch()
    if (body !== 'stream') {
      if (body !== 'none') stream.end(body)
    } else if (this.#refusals === 0) this.#handler.onReady(this)
    else {
      for (const piece of written) stream.write(piece)
      if (this.#isBodySent) stream.end()
      else if (!stream.writableNeedDrain) this.#handler.onUpstreamDrain()
    }
  }

  write(piece: Buffer): boolean {
    this.#keep(piece)
    this.#touch()
    return this.#stream?.write(piece) ?? false
  }

  end(trailers: HeaderList | null = null): void {
    this.#sentTrailers = trailers
    this.#isBodySent = true
    this.#touch()
    this.#stream?.end()
  }

  resume(): void {
    this.#isPaused = false
    this.#touch()
    this.#stream?.resume()
  }

  cancel(): void {
    this.#finish()
    this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  onDeadline(): void {
    if (this.#state === WAITING) this.fail(this.isQueued ? 'upstream_busy' : 'upstream_connect_timeout', null)
    else if (this.#state !== DONE) this.#onSilence()
  }

  /** It is over without a whole answer. */
  fail(error: ErrorCode, cause: Error | null): void {
    const failure = this.#failure(error, cause)
    const hasHead = this.#state === ANSWERED
    if (!this.#finish()) return
    this.#stream?.close(constants.NGHTTP2_CANCEL)
    if (hasHead) this.#handler.onBrokeOff(error)
    else this.#handler.onFailed(failure)
  }

  #failure(error: ErrorCode, cause: Error | null): AttemptFailure {
    if (this.#state === WAITING) return connectFailure(error, cause)
    // RFC 9113 8.7: with REFUSED_STREAM, and after a GOAWAY that does not count the stream, nobody has looked at the request.
    const nothingSent = this.#stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM && (this.request.body !== 'stream' || (this.#writtenBytes === 0 && !this.#isBodySent))
    return { error, nothingSent, onStaleConnection: error === 'upstream_closed' && this.#isOnUsed && mayRepeat(this.request), cause }
  }

  /** False where it was over before. */
  #finish(): boolean {
    if (this.#state === DONE) return false
    this.#state = DONE
    this.deadlineMs = NEVER
    this.#written = null
    this.#place.deadlines.forget(this)
    this.owner?.onDone(this)
    return true
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.on('response', (_headers, flags, raw) => this.#onResponse(flags, raw))
    stream.on('headers', (_headers, _flags, raw) => this.#onInterim(raw))
    stream.on('data', (piece: Buffer) => this.#onData(piece))
    stream.on('trailers', (_headers, _flags, raw) => {
      this.#trailers = new HeaderList(null, raw)
    })
    stream.on('wantTrailers', () => stream.sendTrailers(toObject(this.#sentTrailers)))
    stream.on('drain', () => this.#onDrain())
    stream.once('end', () => this.#onEnd())
    let cause: Error | null = null
    stream.on('error', (error: Error) => {
      cause = error
    })
    stream.once('close', () => {
      if (this.#stream === stream) this.#onClose(cause)
    })
  }

  #onResponse(flags: number, raw: string[]): void {
    if (this.#state !== SENT) return
    const head = this.#headOf(raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
    this.#state = ANSWERED
    this.#written = null
    this.#touch()
    this.#handler.onAnswer(head)
    this.#handler.onPause()
  }

  #headOf(raw: string[], isWhole: boolean): UpstreamHead {
    const status = Number(raw[1])
    const headers = new HeaderList(null, raw.slice(2))
    const length = headers.get('content-length')
    const isBodiless = this.request.method === 'HEAD' || status === 204 || status === 304
    return { status, reason: '', headers, connectionOptions: [], length: isBodiless ? 'none' : isWhole ? 0 : length === null ? null : Number(length) }
  }

  #onInterim(raw: string[]): void {
    if (this.#state !== SENT) return
    this.#interim += 1
    if (this.#interim > this.#place.limits.interimMax) this.fail('upstream_invalid_response', null)
    else this.#handler.onInterim(Number(raw[1]), new HeaderList(null, raw.slice(2)))
  }

  #onData(piece: Buffer): void {
    if (this.#state !== ANSWERED) return
    this.#touch()
    this.#isPaused = !this.#handler.onData(piece, false)
    if (this.#isPaused) this.#stream?.pause()
    this.#handler.onPause()
  }

  #onDrain(): void {
    if (this.#state === DONE) return
    this.#touch()
    this.#handler.onUpstreamDrain()
  }

  /** node:http2 tells the end of a stream that was reset as any other. */
  #onEnd(): void {
    const code = this.#stream?.rstCode ?? constants.NGHTTP2_NO_ERROR
    if (this.#state !== ANSWERED || code !== constants.NGHTTP2_NO_ERROR) return
    if (!this.#finish()) return
    // RFC 9113 8.1: an answer that is whole makes the rest of the upload useless.
    if (!this.#isBodySent) this.#stream?.close(constants.NGHTTP2_NO_ERROR)
    this.#handler.onEnd(this.#trailers)
  }

  #onClose(cause: Error | null): void {
    const code = this.#stream?.rstCode ?? constants.NGHTTP2_NO_ERROR
    if (this.#state === DONE) return
    if (code === constants.NGHTTP2_REFUSED_STREAM && this.#state === SENT && this.#sendAgain()) return
    this.fail(code === constants.NGHTTP2_PROTOCOL_ERROR ? 'upstream_invalid_response' : 'upstream_closed', cause)
  }

  #keep(piece: Buffer): void {
    this.#writtenBytes += piece.byteLength
    if (this.#writtenBytes > REPLAY_BYTES_MAX) this.#written = null
    this.#written?.push(piece)
  }

  /** RFC 9113 8.7: nobody has looked at a request that was refused so. False where it cannot be sent again. */
  #sendAgain(): boolean {
    this.#refusals += 1
    if (this.#written === null || this.#refusals > REFUSALS_MAX) return false
    this.#state = WAITING
    this.#stream = null
    this.deadlineMs = performance.now() + this.request.connectTimeoutMs
    this.owner?.onDone(this)
    this.#place.place(this)
    return true
  }

  #touch(): void {
    if (this.#state === SENT || this.#state === ANSWERED)
      this.deadlineMs = performance.now() + (this.#isBodySent || this.#state === ANSWERED ? this.request.readTimeoutMs : this.request.writeTimeoutMs)
  }

  /** The stream was silent: whose turn was it? */
  #onSilence(): void {
    // The client does not take the answer; the listener has a limit for that.
    if (this.#isPaused) this.#touch()
    else if (this.#state === ANSWERED || this.#isBodySent) this.fail('upstream_read_timeout', null)
    // Nothing waits to be sent: it is the client that does not go on with its body.
    else this.fail(this.#stream?.writableNeedDrain === true ? 'upstream_write_timeout' : 'request_timeout', null)
  }
}

function toObject(trailers: HeaderList | null): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null)
  if (trailers !== null) for (const [name] of trailers.entries()) fields[name] = trailers.getAll(name)
  return fields
}
