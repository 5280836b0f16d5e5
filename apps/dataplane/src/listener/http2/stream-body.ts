import type { ServerHttp2Stream } from 'node:http2'
import type { ErrorCode } from '@sluice/shared/errors'
import type { BodySink } from '../../exchange/client-side.ts'
import { HeaderList } from '../../exchange/header-list.ts'

type Failure = Extract<ErrorCode, 'bad_request' | 'payload_too_large' | 'request_timeout' | 'client_gone'>

/** The body of a request over HTTP/2: hands the data on as fast as it is wanted. */
export class StreamBody {
  /** Bytes that Content-Length announced; null where there is none. nghttp2 resets a stream whose data disagrees. */
  readonly length: number | null
  readonly #stream: ServerHttp2Stream
  readonly #bytesMax: number
  #sink: BodySink | null = null
  #front: Buffer[] = []
  #trailers: HeaderList | null = null
  #hasStarted = false
  #hasFailed = false
  bytes = 0
  isWhole = false
  /** False while nobody wants more of it. */
  isWanted = false

  constructor(stream: ServerHttp2Stream, length: number | null, bytesMax: number) {
    this.#stream = stream
    this.length = length
    this.#bytesMax = bytesMax
    // They are told when they come, even while nobody reads the body yet.
    stream.on('trailers', (_fields, _flags, raw) => {
      this.#trailers = new HeaderList(null, raw)
    })
  }

  start(sink: BodySink): void {
    this.#sink = sink
    if (!this.#hasStarted) this.#listen()
    this.resume()
  }

  /** Gives pieces back: the next sink gets them first. */
  putBack(pieces: Buffer[]): void {
    this.#sink = null
    this.isWanted = false
    // One who took less than is here already leaves the rest behind them.
    this.#front = this.#front.length === 0 ? pieces : [...pieces, ...this.#front]
  }

  resume(): void {
    if (this.#sink === null) return
    this.isWanted = true
    while (this.isWanted && this.#front.length > 0) this.#give(this.#front.shift() as Buffer)
    if (!this.isWanted) return
    if (this.isWhole) this.#tellEnd()
    else this.#stream.resume()
  }

  /** What still comes is thrown away. */
  discard(): void {
    this.#sink = null
    this.#front = []
    this.#stream.on('data', () => {})
    this.#stream.resume()
  }

  fail(failure: Failure): void {
    if (this.isWhole || this.#hasFailed) return
    this.#hasFailed = true
    const sink = this.#sink
    this.#sink = null
    sink?.onBodyFailed(failure)
  }

  #listen(): void {
    const stream = this.#stream
    this.#hasStarted = true
    stream.on('data', (piece: Buffer) => {
      this.bytes += piece.byteLength
      if (this.bytes > this.#bytesMax) this.fail('payload_too_large')
      else this.#give(piece)
    })
    stream.once('end', () => this.#onEnd())
  }

  /** node:http2 tells the end of a stream that was reset as any other: before the answer only END_STREAM leaves a stream open. */
  #onEnd(): void {
    const stream = this.#stream
    if (stream.closed || stream.destroyed || stream.aborted) {
      this.fail('client_gone')
      return
    }
    this.isWhole = true
    this.#tellEnd()
  }

  #give(piece: Buffer): void {
    if (!this.isWanted || this.#sink === null) this.#front.push(piece)
    else this.isWanted = this.#sink.onBody(piece)
    if (!this.isWanted) this.#stream.pause()
  }

  #tellEnd(): void {
    if (!this.isWhole || this.#front.length > 0 || this.#sink === null) return
    const sink = this.#sink
    this.#sink = null
    sink.onBodyEnd(this.#trailers)
  }
}
