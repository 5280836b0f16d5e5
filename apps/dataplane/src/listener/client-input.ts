import { Socket, type SocketConstructorOpts } from 'node:net'
import { ReadBuffer } from '../memory/read-buffer.ts'
import type { DirectIo, DirectReader } from '../socket/direct-io.ts'

/** Who takes what a client sends. */
export interface InputReceiver {
  /** One read: the first `length` bytes of `buffer`, which is read into again where `isShared`. True while a long body is on its way. */
  onInput(buffer: Buffer, length: number, isShared: boolean): boolean
}

/** What a client sends, read by read. Pausing and resuming are the socket's. */
export interface ClientInput {
  /** From now on reads go to `receiver`. */
  attach(receiver: InputReceiver): void
}

/** Reads as streams have them: memory of its own for each. */
export class StreamInput implements ClientInput {
  #receiver: InputReceiver | null = null

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.#receiver?.onInput(bytes, bytes.byteLength, false))
  }

  attach(receiver: InputReceiver): void {
    this.#receiver = receiver
  }
}

/** Reads into memory that all connections of a worker share. */
class SharedInput implements ClientInput, DirectReader {
  readonly #buffer = new ReadBuffer()
  #receiver: InputReceiver | null = null

  attach(receiver: InputReceiver): void {
    this.#receiver = receiver
  }

  take(): Buffer {
    return this.#buffer.take()
  }

  /** Gives true: reading goes on until the socket is paused. */
  onRead(bytes: number, buffer: Buffer): true {
    const expectsMore = this.#receiver?.onInput(buffer, bytes, this.#buffer.isShared) ?? false
    // Pieces of an upload wait at the upstream.
    this.#buffer.advance(bytes, expectsMore, true)
    return true
  }
}

/** The parts of a socket that are Node.js's own. */
interface Internals {
  _handle: object | null
  _server: object | null
}

const hasInternals = (socket: Socket): socket is Socket & Internals => '_handle' in socket && '_server' in socket

/**
 * Puts another socket in the place of one that a server has accepted and not read from, which reads into shared memory (`onread`). Node.js offers
 * that for connections that it opens, not for those that it accepts; the handle that it takes for it is not documented. With `directIo`
 * reads come past the stream. Null where this Node.js has no such parts.
 */
export function withSharedReads(accepted: Socket, directIo: DirectIo | null): { socket: Socket; input: ClientInput } | null {
  if (!hasInternals(accepted) || accepted._handle === null) return null
  const input = new SharedInput()
  const options = {
    handle: accepted._handle,
    allowHalfOpen: true,
    pauseOnCreate: true,
    writableHighWaterMark: accepted.writableHighWaterMark,
    onread: { buffer: () => input.take(), callback: (bytes: number, buffer: Uint8Array) => input.onRead(bytes, buffer as Buffer) },
  }
  const socket = new Socket(options as SocketConstructorOpts)
  if (!hasInternals(socket)) return null
  // The server counts its connections by the sockets that it made.
  socket._server = accepted._server
  accepted._handle = null
  accepted._server = null
  directIo?.read(socket, input)
  return { socket, input }
}
