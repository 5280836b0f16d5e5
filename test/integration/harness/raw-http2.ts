import { connect, type Socket } from 'node:net'

export const DATA = 0
export const HEADERS = 1
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 8
export const CONTINUATION = 9

export const END_STREAM = 1
export const END_HEADERS = 4

export interface Frame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

/** A frame as RFC 9113 4.1 has it. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload as string, 'latin1')
  const head = Buffer.alloc(9)
  head.writeUIntBE(bytes.byteLength, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, bytes])
}

function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let left = value - 127
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Buffer.from([...bytes, left])
}

/** Fields as literals without indexing and without Huffman coding (RFC 7541 6.2.2), whatever they hold. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), integer(name.length), Buffer.from(name, 'latin1'), integer(value.length), Buffer.from(value, 'latin1')]),
  )
}

/** An HTTP/2 client that writes frames as they are and keeps those that come back. */
export class RawHttp2 {
  readonly socket: Socket
  readonly frames: Frame[] = []
  readonly closed: Promise<void>
  isClosed = false
  #held = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#onData(bytes))
    // A reset is one of the ways in which the other side closes.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.isClosed = true
        this.#wake()
        resolve()
      }),
    )
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    this.write(frame(SETTINGS, 0, 0))
  }

  static async open(base: string): Promise<RawHttp2> {
    const { hostname, port } = new URL(base)
    const socket = connect(Number(port), hostname)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('error', reject)
    })
    return new RawHttp2(socket)
  }

  write(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The first frame of this type, on this stream where one is named. Fails where the other side closes before. */
  async next(type: number, stream?: number): Promise<Frame> {
    for (;;) {
      const found = this.frames.find((entry) => entry.type === type && (stream === undefined || entry.stream === stream))
      if (found !== undefined) return found
      if (this.isClosed) throw new Error(`closed before a frame of type ${type}; there were ${this.frames.map((entry) => entry.type).join(' ')}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The error code of the RST_STREAM or GOAWAY that ends this stream, and which it was. */
  async refusal(stream: number): Promise<{ by: 'stream' | 'connection'; code: number }> {
    for (;;) {
      const reset = this.frames.find((entry) => entry.type === RST_STREAM && entry.stream === stream)
      if (reset !== undefined) return { by: 'stream', code: reset.payload.readUInt32BE(0) }
      const away = this.frames.find((entry) => entry.type === GOAWAY)
      if (away !== undefined) return { by: 'connection', code: away.payload.readUInt32BE(4) }
      if (this.isClosed) throw new Error('closed without a refusal')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  destroy(): void {
    this.socket.destroy()
  }

  #onData(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes])
    while (this.#held.byteLength >= 9) {
      const end = 9 + this.#held.readUIntBE(0, 3)
      if (this.#held.byteLength < end) break
      this.frames.push({ type: this.#held[3] ?? 0, flags: this.#held[4] ?? 0, stream: this.#held.readUInt32BE(5), payload: this.#held.subarray(9, end) })
      this.#held = this.#held.subarray(end)
    }
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
