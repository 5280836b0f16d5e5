import type { Socket } from 'node:net'
import type { RawPeer, RawSide } from '../exchange/client-side.ts'
import type { ClientInput, InputReceiver } from './client-input.ts'

/** The client's side of an upgraded connection. */
export class SocketSide implements RawSide, InputReceiver {
  readonly #socket: Socket
  #peer: RawPeer | null = null
  #held: Buffer | null
  readonly #hasEnded: boolean

  /** `held` was read before the upgrade and belongs to the other protocol. */
  constructor(socket: Socket, input: ClientInput, before: { held: Buffer | null; hasEnded: boolean }) {
    this.#socket = socket
    this.#held = before.held
    this.#hasEnded = before.hasEnded
    // Until somebody takes it, what comes waits here.
    input.attach(this)
  }

  attach(peer: RawPeer): void {
    const socket = this.#socket
    this.#peer = peer
    socket.once('end', () => peer.onEnd())
    socket.once('close', () => peer.onClosed())
    socket.on('drain', () => peer.onDrain())
    const held = this.#held
    this.#held = null
    const goesOn = held === null || peer.onBytes(held)
    if (this.#hasEnded) peer.onEnd()
    else if (goesOn) socket.resume()
    if (socket.destroyed) peer.onClosed()
  }

  onInput(buffer: Buffer, length: number, isShared: boolean): boolean {
    const read = buffer.subarray(0, length)
    // The other side may keep it until it is sent.
    const bytes = isShared ? Buffer.from(read) : read
    if (this.#peer === null) {
      this.#held = this.#held === null ? bytes : Buffer.concat([this.#held, bytes])
      this.#socket.pause()
    } else if (!this.#peer.onBytes(bytes)) this.#socket.pause()
    return true
  }

  write(bytes: Buffer): boolean {
    return this.#socket.write(Buffer.from(bytes))
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
}
