import type { Socket } from 'node:net'
import type { Deadlines, Timed } from '../../exchange/deadlines.ts'

/** RFC 9113 3.4: what every HTTP/2 connection begins with, and no HTTP/1.1 request can. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** Looks at the first bytes of a plain connection, puts them back and says whether they are those of HTTP/2 (prior knowledge, RFC 9113 3.3). */
export class PrefaceReader implements Timed {
  deadlineMs: number
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #decide: (isHttp2: boolean) => void
  readonly #take = (bytes: Buffer) => this.#onData(bytes)
  readonly #leave = () => this.#socket.destroy()
  readonly #forget = () => this.#deadlines.forget(this)
  #held: Buffer | null = null

  /** `decide` is called once, with the socket paused; never where the client ends or is silent for `timeoutMs`. */
  constructor(socket: Socket, options: { deadlines: Deadlines; timeoutMs: number; decide(isHttp2: boolean): void }) {
    this.#socket = socket
    this.#deadlines = options.deadlines
    this.#decide = options.decide
    this.deadlineMs = performance.now() + options.timeoutMs
    options.deadlines.watch(this)
    socket.on('data', this.#take)
    socket.on('end', this.#leave)
    socket.on('error', this.#leave)
    socket.on('close', this.#forget)
  }

  onDeadline(): void {
    this.#socket.destroy()
  }

  #onData(bytes: Buffer): void {
    const held = this.#held === null ? bytes : Buffer.concat([this.#held, bytes])
    const length = Math.min(held.byteLength, PREFACE.byteLength)
    const isPreface = held.compare(PREFACE, 0, length, 0, length) === 0
    this.#held = held
    if (isPreface && length < PREFACE.byteLength) return
    const socket = this.#socket
    this.#deadlines.forget(this)
    socket.removeListener('data', this.#take)
    socket.removeListener('end', this.#leave)
    socket.removeListener('error', this.#leave)
    socket.removeListener('close', this.#forget)
    socket.pause()
    socket.unshift(held)
    this.#decide(isPreface)
  }
}
