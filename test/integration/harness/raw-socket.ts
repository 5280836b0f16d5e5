import { connect, type Socket } from 'node:net'

/** A client that writes bytes as they are and keeps what comes back. */
export class RawSocket {
  readonly socket: Socket
  readonly closed: Promise<void>
  received = ''
  #waiting: (() => void)[] = []
  #isClosed = false

  private constructor(base: string) {
    const { hostname, port } = new URL(base)
    this.socket = connect(Number(port), hostname)
    this.socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1')
      this.#wake()
    })
    // A reset is one of the ways in which the other side closes.
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.#isClosed = true
        this.#wake()
        resolve()
      }),
    )
  }

  static async open(base: string): Promise<RawSocket> {
    const raw = new RawSocket(base)
    await new Promise<void>((resolve) => raw.socket.once('connect', resolve))
    return raw
  }

  /** Sends a text on a connection of its own and gives everything that comes back until the other side closes. */
  static async talk(base: string, text: string): Promise<string> {
    const raw = await RawSocket.open(base)
    raw.write(text)
    await raw.closed
    return raw.received
  }

  write(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Waits until what was received fits; fails where the other side closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received)) {
      if (this.#isClosed) throw new Error(`closed before ${pattern}: ${JSON.stringify(this.received)}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.received
  }

  destroy(): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Status of the first answer in a text. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
}
