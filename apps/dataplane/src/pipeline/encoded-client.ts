import type { BodyEncoder, ChooseEncoder } from '@sluice/plugins/contract'
import type { AnswerHead, BodySink, ClientOwner, ClientSide, RawSide } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'

/** How long what was written may wait in an encoder for more, in milliseconds: then it is given out, so that nobody waits for an event. */
const FLUSH_AFTER_MS = 10

/** A client whose answers pass through an encoder where a plugin chooses one. What waits is bounded by the buffers of the encoder. */
export class EncodedClient implements ClientSide, ClientOwner {
  owner: ClientOwner | null = null
  readonly #inner: ClientSide
  readonly #chooseEncoder: ChooseEncoder
  readonly #onThrown: (error: unknown) => void
  #encoder: BodyEncoder | null = null
  #trailers: HeaderList | null = null
  #flushing: NodeJS.Timeout | null = null
  #isOver = false

  constructor(inner: ClientSide, choose: ChooseEncoder, onThrown: (error: unknown) => void) {
    this.#inner = inner
    this.#chooseEncoder = choose
    this.#onThrown = onThrown
    this.owner = inner.owner
    inner.owner = this
  }

  // The request is none of its business.

  get present(): boolean {
    return this.#inner.present
  }
  get length(): number | null {
    return this.#inner.length
  }
  get isGone(): boolean {
    return this.#inner.isGone
  }
  get hasAnswered(): boolean {
    return this.#inner.hasAnswered
  }
  startBody(sink: BodySink): void {
    this.#inner.startBody(sink)
  }
  resumeBody(): void {
    this.#inner.resumeBody()
  }
  read(maxBytes: number): Promise<Uint8Array | null> {
    return this.#inner.read(maxBytes)
  }
  readAhead(maxBytes: number): Promise<Buffer | null> | Buffer | null {
    return this.#inner.readAhead(maxBytes)
  }
  inform(status: number, headers: HeaderList): void {
    this.#inner.inform(status, headers)
  }
  upgrade(head: AnswerHead): RawSide | null {
    return this.#inner.upgrade(head)
  }

  // The answer.

  reply(status: number, headers: HeaderList, body: Buffer | null): void {
    const encoder = this.#choose({ status, headers, length: body === null ? 'none' : body.byteLength })
    if (encoder === null || body === null) {
      this.#inner.reply(status, headers, body)
      return
    }
    this.#begin({ status, reason: '', headers, length: null }, encoder)
    this.write(body, false)
    this.end(null)
  }

  begin(head: AnswerHead): void {
    const encoder = this.#choose({ status: head.status, headers: head.headers, length: head.length })
    if (encoder === null) this.#inner.begin(head)
    else this.#begin({ ...head, length: null }, encoder)
  }

  write(piece: Buffer, isShared: boolean): boolean {
    const encoder = this.#encoder
    if (encoder === null) return this.#inner.write(piece, isShared)
    if (this.#isOver || piece.byteLength === 0) return true
    this.#flushing ??= setTimeout(() => this.#flush(encoder), FLUSH_AFTER_MS)
    return encoder.stream.write(isShared ? Buffer.from(piece) : piece)
  }

  get holdsBytes(): boolean {
    return this.#encoder !== null || this.#inner.holdsBytes
  }

  mayPend(maxBytes: number): boolean {
    return this.#encoder === null && this.#inner.mayPend(maxBytes)
  }

  flush(): void {
    if (this.#encoder === null) this.#inner.flush()
  }

  end(trailers: HeaderList | null): void {
    if (this.#encoder === null) {
      this.#inner.end(trailers)
      return
    }
    this.#trailers = trailers
    this.#stopFlushing()
    if (!this.#isOver) this.#encoder.stream.end()
  }

  abort(): void {
    this.#stop()
    this.#inner.abort()
  }

  // What the client does.

  onClientGone(): void {
    this.#stop()
    this.owner?.onClientGone()
  }

  onClientDrain(): void {
    if (this.#encoder === null) this.owner?.onClientDrain()
    else this.#encoder.stream.resume()
  }

  /** A choice that fails leaves the answer as it is. */
  #choose(answer: Parameters<ChooseEncoder>[0]): BodyEncoder | null {
    try {
      return this.#chooseEncoder(answer)
    } catch (error) {
      this.#onThrown(error)
      return null
    }
  }

  #begin(head: AnswerHead, encoder: BodyEncoder): void {
    head.headers.remove('content-length')
    this.#encoder = encoder
    this.#inner.begin(head)
    encoder.stream.on('data', (piece) => this.#onEncoded(encoder, piece))
    encoder.stream.on('drain', () => this.owner?.onClientDrain())
    encoder.stream.on('end', () => this.#onEnd())
    encoder.stream.on('error', () => {
      if (!this.#isOver) this.abort()
    })
  }

  #onEncoded(encoder: BodyEncoder, piece: Uint8Array): void {
    if (this.#isOver) return
    if (!this.#inner.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength), false)) encoder.stream.pause()
    this.#inner.flush()
  }

  #onEnd(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#encoder?.onOver()
    this.#inner.end(this.#trailers)
  }

  #flush(encoder: BodyEncoder): void {
    this.#flushing = null
    if (!this.#isOver) encoder.flush()
  }

  #stopFlushing(): void {
    if (this.#flushing !== null) clearTimeout(this.#flushing)
    this.#flushing = null
  }

  #stop(): void {
    this.#stopFlushing()
    if (this.#isOver) return
    this.#isOver = true
    this.#encoder?.stream.destroy()
    this.#encoder?.onOver()
  }
}
