import type { Socket } from 'node:net'
import type { RawPeer, RawSide } from '../exchange/client-side.ts'

/** The client's side of an upgraded connection. */
export class SocketSide implements RawSide {
  readonly #socket: Socket
  #held: Buffer | null
  #hasEnded: boolean

  /** `held` was read before the upgrade and belongs to the other protocol. */
  constructor(socket: Socket, held: Buffer | null, hasEnded: boolean) {
    this.#socket = socket
    this.#held = held
    this.#hasEnded = hasEnded
  }

  attach(peer: RawPeer): void {
    const socket = this.#socket
    socket.on('data', (bytes: Buffer) => {
      if (!peer.onBytes(bytes)) socket.pause()
    })
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
