import { STATUS_CODES } from 'node:http'
import type { AnswerHead } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import { NameSet } from '../exchange/name-set.ts'
import { CHUNK_END, chunkStart, LAST_CHUNK, lastChunk } from '../http1/chunk-writer.ts'
import type { SocketWriter } from '../socket/socket-writer.ts'

const LENGTH = new NameSet(['content-length'])
const LENGTH_AND_TRAILER = new NameSet(['content-length', 'trailer'])

/** Usual reason and whole status line of each status, made once. */
const REASONS = Array.from({ length: 600 }, (_, status) => STATUS_CODES[status] ?? '')
const STATUS_LINES = REASONS.map((reason, status) => `HTTP/1.1 ${status} ${reason}\r\n`)

function statusLine(status: number, reason: string): string {
  return reason === '' || reason === REASONS[status] ? (STATUS_LINES[status] ?? `HTTP/1.1 ${status} \r\n`) : `HTTP/1.1 ${status} ${reason}\r\n`
}

/** Writes the answers of one HTTP/1.x connection. Head and a small body leave in one write. */
export class AnswerWriter {
  readonly #writer: SocketWriter
  readonly #oneWriteBytesMax: number
  /** What waits for more, one character per byte. */
  #pending = ''
  /** Bytes of the body; -1 where they are not known. */
  #wholeBytes = -1
  #isChunked = false
  #hasBody = true
  #isHead = false
  #sayKeepAlive = false
  #takesTrailers = false
  isVersion10 = false
  hasBegun = false
  hasEnded = false
  /** Only the end of the connection tells the client that the answer is whole. */
  lastsUntilClose = false

  constructor(writer: SocketWriter, oneWriteBytesMax: number) {
    this.#writer = writer
    this.#oneWriteBytesMax = oneWriteBytesMax
  }

  /** For the answer to the next request. */
  reset(isVersion10: boolean, isHead: boolean, asksToKeep: boolean, takesTrailers: boolean): void {
    this.isVersion10 = isVersion10
    this.#isHead = isHead
    this.#sayKeepAlive = isVersion10 && asksToKeep
    this.#takesTrailers = takesTrailers
    this.hasBegun = false
    this.hasEnded = false
    this.lastsUntilClose = false
  }

  inform(status: number, headers: HeaderList): void {
    this.#writer.writeText(`${statusLine(status, '')}${headers.lines(null)}\r\n`)
  }

  /** Whether the connection can be kept after this answer, where it is to be kept. */
  begin(head: AnswerHead, keeps: boolean): boolean {
    const { length } = head
    this.hasBegun = true
    this.#wholeBytes = typeof length === 'number' ? length : -1
    this.#hasBody = length !== 'none' && !this.#isHead
    this.#isChunked = length === null && !this.isVersion10 && this.#hasBody
    // An HTTP/1.0 client knows the end of an answer without a length by the end of the connection (RFC 9112 6.3).
    this.lastsUntilClose = length === null && this.isVersion10 && this.#hasBody
    const isKept = keeps && !this.lastsUntilClose
    let text = statusLine(head.status, head.reason) + head.headers.lines(length === 'none' ? null : this.#isChunked && this.#takesTrailers ? LENGTH : LENGTH_AND_TRAILER)
    if (typeof length === 'number') text += `Content-Length: ${length}\r\n`
    else if (this.#isChunked) text += 'Transfer-Encoding: chunked\r\n'
    if (!isKept) text += 'Connection: close\r\n'
    else if (this.#sayKeepAlive) text += 'Connection: keep-alive\r\n'
    this.#pending = `${text}\r\n`
    return isKept
  }

  /** False where the socket has enough for now. */
  write(piece: Buffer, isShared: boolean): boolean {
    if (!this.#hasBody || piece.byteLength === 0) return true
    if (piece.byteLength === this.#wholeBytes && this.#pending !== '') {
      const head = this.#pending
      this.#pending = ''
      return this.#writer.writeTogether(head, piece, isShared, this.#oneWriteBytesMax)
    }
    if (this.#pending.length + piece.byteLength <= this.#oneWriteBytesMax) {
      const text = piece.toString('latin1')
      this.#pending += this.#isChunked ? chunkStart(piece.byteLength) + text + CHUNK_END : text
      return true
    }
    const writer = this.#writer
    const own = isShared ? Buffer.from(piece) : piece
    const before = this.#isChunked ? this.#pending + chunkStart(piece.byteLength) : this.#pending
    this.#pending = ''
    if (before === '') return writer.writeBytes(own)
    writer.cork()
    writer.writeText(before)
    let goesOn = writer.writeBytes(own)
    if (this.#isChunked) goesOn = writer.writeText(CHUNK_END)
    writer.uncork()
    return goesOn
  }

  flush(): boolean {
    if (this.#pending === '') return true
    const text = this.#pending
    this.#pending = ''
    return this.#writer.writeText(text)
  }

  /** `trailers` are left out where the client has not asked for them, or the answer is not chunked (RFC 9110 6.5.1). */
  end(trailers: HeaderList | null): boolean {
    this.hasEnded = true
    if (this.#isChunked && this.#hasBody) this.#pending += trailers === null || !this.#takesTrailers ? LAST_CHUNK : lastChunk(trailers.lines(null))
    return this.flush()
  }

  /** Ends the connection in the middle of an answer. One that lasts until close would look whole without a reset; of others the client gets what there is. */
  abort(): void {
    if (this.lastsUntilClose) this.#writer.cut()
    else {
      this.flush()
      this.#writer.destroySoon()
    }
  }

  switchProtocols(head: AnswerHead): void {
    this.hasBegun = true
    this.hasEnded = true
    this.#writer.writeText(`${statusLine(head.status, head.reason)}${head.headers.lines(null)}\r\n`)
  }
}
