import type { Socket } from 'node:net'
import type { RawPeer, RawSide } from '../exchange/client-side.ts'

/** The upstream's side of an upgraded connection. Its socket reads into shared memory, so its connection hands the bytes in. */
export class RawUpstream implements RawSide {
  readonly #socket: Socket
  #peer: RawPeer | null = null
  #held: Buffer | null
  #hasEnded = false
  #isClosed = false

  constructor(socket: Socket, held: Buffer | null) {
    this.#socket = socket
    this.#held = held
  }

  /** Whether somebody takes the bytes now. */
  get isTaken(): boolean {
    return this.#peer !== null
  }

  attach(peer: RawPeer): void {
    this.#peer = peer
    const held = this.#held
    this.#held = null
    if (held === null || peer.onBytes(held)) this.#socket.resume()
    if (this.#hasEnded) peer.onEnd()
    if (this.#isClosed) peer.onClosed()
  }

  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes)
  }

  end(): void {
    this.#socket.end()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  // What happens on the socket.

  onBytes(bytes: Buffer): boolean {
    if (this.#peer !== null) return this.#peer.onBytes(bytes)
    this.#held = this.#held === null ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes])
    return false
  }

  onDrain(): void {
    this.#peer?.onDrain()
  }

  onEnd(): void {
    this.#hasEnded = true
    this.#peer?.onEnd()
  }

  onClosed(): void {
    this.#isClosed = true
    this.#peer?.onClosed()
  }
}
