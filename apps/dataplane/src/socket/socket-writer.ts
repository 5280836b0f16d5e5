import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { DirectIo, WriteHandle, WriteRequest } from './direct-io.ts'

const handleOf = (socket: Socket) => ('_handle' in socket ? (socket._handle as WriteHandle | null) : null)

/** Text and bytes that leave together are laid one behind the other here, in bytes. */
const TOGETHER_BYTES = 32 * 1024
let together = Buffer.allocUnsafeSlow(TOGETHER_BYTES)

/**
 * Writes to one socket. Where `direct` is given, what the system takes at once goes past the machinery of writable streams: no request object, no
 * callback and no tick for it. What has to wait waits in the handle, in front of whatever streams write later, so the two ways may be mixed.
 */
export class SocketWriter {
  readonly #socket: Socket
  readonly #direct: DirectIo | null
  readonly #onDrain: () => void
  #handle: WriteHandle | null = null
  #request: WriteRequest | null = null
  /** A direct write waits. */
  #isWaiting = false

  /** `onDrain` is called when the socket takes bytes again after a write gave false. */
  constructor(socket: Socket, direct: DirectIo | null, onDrain: () => void) {
    this.#socket = socket
    this.#direct = direct
    this.#onDrain = onDrain
    socket.on('drain', onDrain)
  }

  /** Bytes that were given and not yet taken by the system. */
  get pendingBytes(): number {
    return this.#socket.writableLength + (this.#isWaiting ? (this.#handle?.writeQueueSize ?? 0) : 0)
  }

  /** Bytes that the system has taken since the connection was made. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.pendingBytes
  }

  /** Whether bytes that were given may still be in use. */
  get holdsBytes(): boolean {
    return this.#isWaiting || this.#socket.writableLength > 0
  }

  get needsDrain(): boolean {
    return this.#isWaiting || this.#socket.writableNeedDrain
  }

  /** What is written until `uncork` leaves together. */
  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  /** Ends the connection once all that was given is sent. */
  destroySoon(): void {
    this.#socket.destroySoon()
  }

  /** Ends the connection so that the peer sees that it was cut: by a reset, or over TLS without the alert that an end has. */
  cut(): void {
    if ('encrypted' in this.#socket) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /** One character per byte. False where the socket has enough for now. */
  writeText(text: string): boolean {
    const request = this.#ready()
    if (request === null) return this.#socket.write(text, 'latin1') && !this.#isWaiting
    return this.#after((this.#handle as WriteHandle).writeLatin1String(request, text), null)
  }

  /** The bytes may be kept until they are sent. */
  writeBytes(bytes: Buffer): boolean {
    const request = this.#ready()
    if (request === null) return this.#socket.write(bytes) && !this.#isWaiting
    return this.#after((this.#handle as WriteHandle).writeBuffer(request, bytes), bytes)
  }

  /** Text and bytes in one write where they are small, which through a stream means at most `textBytesMax`. Shared bytes are used again after the call. */
  writeTogether(text: string, bytes: Buffer, isShared: boolean, textBytesMax: number): boolean {
    const length = text.length + bytes.byteLength
    const request = length <= TOGETHER_BYTES ? this.#ready() : null
    if (request !== null) {
      together.set(bytes, together.write(text, 0, 'latin1'))
      const written = together.subarray(0, length)
      const goesOn = this.#after((this.#handle as WriteHandle).writeBuffer(request, written), written)
      // What waits has it until it is sent.
      if (this.#isWaiting) together = Buffer.allocUnsafeSlow(TOGETHER_BYTES)
      return goesOn
    }
    if (length <= textBytesMax) return this.writeText(text + bytes.toString('latin1'))
    this.cork()
    this.writeText(text)
    const goesOn = this.writeBytes(isShared ? Buffer.from(bytes) : bytes)
    this.uncork()
    return goesOn
  }

  /** The request of the next direct write; null where it is to go through the stream. */
  #ready(): WriteRequest | null {
    const socket = this.#socket
    if (this.#direct === null || this.#isWaiting || socket.writableLength > 0 || socket.writableCorked > 0 || !socket.writable || socket.connecting) return null
    this.#handle ??= handleOf(socket)
    if (this.#handle === null) return null
    this.#request ??= this.#direct.makeRequest()
    return this.#request
  }

  #after(error: number, bytes: Buffer | null): boolean {
    if (error !== 0) {
      this.#fail(error)
      return false
    }
    if (!(this.#direct as DirectIo).hasToWait()) return true
    const request = this.#request as WriteRequest
    // The handle has it until it is done; the next write takes another.
    this.#request = null
    this.#isWaiting = true
    request.handle = this.#handle
    request.buffer = bytes
    request.oncomplete = (status) => this.#onComplete(status)
    return false
  }

  #onComplete(status: number): void {
    this.#isWaiting = false
    if (this.#socket.destroyed) return
    if (status < 0) this.#fail(status)
    else if (!this.#socket.writableNeedDrain) this.#onDrain()
  }

  #fail(error: number): void {
    const code = getSystemErrorName(error)
    this.#socket.destroy(Object.assign(new Error(`write ${code}`), { code, errno: error, syscall: 'write' }))
  }
}
