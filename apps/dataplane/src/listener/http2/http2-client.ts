import { constants, type ServerHttp2Stream } from 'node:http2'
import type { AnswerHead, BodySink, ClientOwner, ClientSide, RawSide } from '../../exchange/client-side.ts'
import { type Deadlines, NEVER, type Timed } from '../../exchange/deadlines.ts'
import type { HeaderList } from '../../exchange/header-list.ts'
import { NameSet } from '../../exchange/name-set.ts'
import { collectBody } from '../body-collector.ts'
import type { ListenerLimits } from '../limits.ts'
import { SlownessWatch } from '../slowness-watch.ts'
import type { Http2Request } from './request-fields.ts'
import { StreamBody } from './stream-body.ts'

/** What a connection offers its streams. */
export interface StreamHost {
  readonly limits: ListenerLimits
  readonly deadlines: Deadlines
  /** The stream is closed. `isTakenBack`: by the client, before it had its answer. */
  onStreamClosed(isTakenBack: boolean): void
}

/** RFC 9113 8.2.2: no such field may be sent. */
const OF_CONNECTION = new NameSet(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])
const LENGTH = new NameSet(['content-length'])

/** Status codes that node:http2 sends in a final head. */
const STATUS_MIN = 200
const STATUS_MAX = 599

/** The client's end of one exchange over HTTP/2: a stream. */
export class Http2Client implements ClientSide, Timed {
  owner: ClientOwner | null = null
  /** Streams of HTTP/2 do not tell when they have sent what they were given. */
  readonly holdsBytes = true
  isGone = false
  deadlineMs = NEVER
  hasAnswered = false
  readonly #stream: ServerHttp2Stream
  readonly #host: StreamHost
  readonly #body: StreamBody | null
  readonly #watch: SlownessWatch
  readonly #isHead: boolean
  readonly #isGrpc: boolean
  #holdsBack: boolean
  /** The answer has no body, whatever is written. */
  #isBodiless = false
  #hasEnded = false
  #isBlocked = false
  #waitsForTrailers = false
  #hasTrailersQueued = false
  #given = 0
  #trailers: HeaderList | null = null

  constructor(stream: ServerHttp2Stream, request: Http2Request, hasBody: boolean, host: StreamHost) {
    this.#stream = stream
    this.#host = host
    this.#isHead = request.facts.method === 'HEAD'
    this.#isGrpc = request.isGrpc
    this.#body = hasBody ? new StreamBody(stream, request.length, host.limits.bodyBytesMax) : null
    this.#holdsBack = hasBody && request.facts.expectsContinue
    this.#watch = new SlownessWatch(host.limits)
    host.deadlines.watch(this)
    stream.on('drain', () => this.#onDrain())
    // What an error means is told by `close`, which follows.
    stream.on('error', () => {})
    stream.on('wantTrailers', () => this.#sendTrailers())
    stream.once('close', () => this.#onClose())
  }

  get present(): boolean {
    return this.#body !== null
  }

  get length(): number | null {
    return this.#body === null ? 0 : this.#body.length
  }

  read(maxBytes: number): Promise<Buffer | null> {
    return collectBody(this.#body, (sink) => this.startBody(sink), { maxBytes, keepsTrailers: false })
  }

  readAhead(maxBytes: number): Promise<Buffer | null> | null {
    const body = this.#body
    if (body === null || (body.length !== null && body.length > maxBytes)) return null
    return collectBody(body, (sink) => this.startBody(sink), { maxBytes, keepsTrailers: true })
  }

  /** Many streams share a connection: what waits for one is bounded by its own buffer. */
  mayPend(): boolean {
    return false
  }

  startBody(sink: BodySink): void {
    const body = this.#body
    if (body === null) {
      sink.onBodyEnd()
      return
    }
    if (this.#holdsBack && !this.hasAnswered && this.#isOpen) this.#stream.additionalHeaders({ ':status': 100 })
    this.#holdsBack = false
    this.#watch.begin(performance.now())
    this.#look()
    body.start(sink)
  }

  resumeBody(): void {
    this.#body?.resume()
  }

  reply(status: number, headers: HeaderList, body: Buffer | null): void {
    this.#respond(status, headers, { endStream: body === null || body.byteLength === 0, withTrailers: false, length: null })
    if (body !== null) this.write(body, false)
    this.end(null)
  }

  inform(status: number, headers: HeaderList): void {
    if (status !== 103 || this.hasAnswered || !this.#isOpen) return
    this.#stream.additionalHeaders({ ':status': status, ...toObject(headers) })
  }

  begin(head: AnswerHead): void {
    const { length } = head
    const isBodiless = length === 'none' || length === 0 || this.#isHead
    this.#respond(head.status, head.headers, { endStream: isBodiless, withTrailers: length === null, length: typeof length === 'number' && length > 0 ? length : null })
  }

  write(piece: Buffer, isShared: boolean): boolean {
    if (this.#isBodiless || !this.#isOpen || piece.byteLength === 0) return true
    this.#given += piece.byteLength
    if (this.#stream.write(isShared ? Buffer.from(piece) : piece)) return true
    this.#isBlocked = true
    this.#look()
    return false
  }

  /** node:http2 gathers what is written in one turn of the event loop. */
  flush(): void {}

  end(trailers: HeaderList | null): void {
    this.#hasEnded = true
    this.#trailers = trailers
    if (!this.#isOpen) return
    if (!this.#isBodiless) this.#stream.end()
    if (!this.#waitsForTrailers) this.#stopUpload()
  }

  abort(): void {
    this.#hasEnded = true
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  upgrade(): RawSide | null {
    return null
  }

  onDeadline(): void {
    const nowMs = performance.now()
    const body = this.#body
    if (this.#hasTrailersQueued) {
      if (this.#isAllSent) this.#stream.close(constants.NGHTTP2_NO_ERROR)
      else this.deadlineMs = nowMs
      return
    }
    if (this.#isBlocked) {
      if (this.#watch.sendsTooSlowly(nowMs, this.#given - this.#stream.writableLength)) {
        this.#stream.close(constants.NGHTTP2_CANCEL)
        return
      }
    }
    // Calls of gRPC are as slow as they like; the timeouts of the service end them.
    const awaitsBody = body?.isWanted && !body.isWhole && !this.#isGrpc
    if (awaitsBody && this.#watch.comesTooSlowly(nowMs, body.bytes)) body.fail('request_timeout')
    if (this.#isBlocked || awaitsBody) this.deadlineMs = nowMs + this.#watch.intervalMs
  }

  get #isAllSent(): boolean {
    return this.#stream.session?.state.outboundQueueSize === 0
  }

  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed
  }

  #respond(status: number, headers: HeaderList, form: { endStream: boolean; withTrailers: boolean; length: number | null }): void {
    this.hasAnswered = true
    this.#isBodiless = form.endStream
    if (!this.#isOpen) return
    if (status < STATUS_MIN || status > STATUS_MAX) {
      this.abort()
      return
    }
    headers.removeAll(OF_CONNECTION)
    const fields: string[] = [':status', String(status)]
    if (form.length !== null) {
      headers.removeAll(LENGTH)
      fields.push('content-length', String(form.length))
    }
    for (const [name, value] of headers.entries()) fields.push(name.toLowerCase(), value)
    this.#waitsForTrailers = form.withTrailers && !form.endStream
    this.#stream.respond(fields, { endStream: form.endStream, waitForTrailers: this.#waitsForTrailers })
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(toTrailers(this.#trailers))
    if (this.#body === null || this.#body.isWhole) return
    this.#body.discard()
    // A reset would overtake the trailers.
    this.#hasTrailersQueued = true
    this.deadlineMs = performance.now()
  }

  /** An answer that came before the end of the upload: the client is told to send no more of it (RFC 9113 8.1). */
  #stopUpload(): void {
    if (this.#body === null || this.#body.isWhole) return
    this.#body.discard()
    this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  #look(): void {
    this.deadlineMs = Math.min(this.deadlineMs, performance.now() + this.#watch.intervalMs)
  }

  #onDrain(): void {
    this.#isBlocked = false
    if (!this.#hasEnded) this.owner?.onClientDrain()
  }

  #onClose(): void {
    this.#host.deadlines.forget(this)
    const isTakenBack = !this.#hasEnded
    this.#host.onStreamClosed(isTakenBack)
    if (!isTakenBack) return
    this.isGone = true
    this.owner?.onClientGone()
    this.#body?.fail('client_gone')
  }
}

function toObject(headers: HeaderList): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null)
  for (const [name, value] of headers.entries()) {
    const lower = name.toLowerCase()
    const present = fields[lower]
    if (present === undefined) fields[lower] = [value]
    else present.push(value)
  }
  return fields
}

/** RFC 9113 8.1: no pseudo-header and no field of the connection. */
function toTrailers(trailers: HeaderList | null): Record<string, string[]> {
  if (trailers === null) return {}
  trailers.removeAll(OF_CONNECTION)
  return toObject(trailers)
}
