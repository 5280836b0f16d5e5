import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** One connection that an upstream received. */
export interface RawConnection {
  socket: Socket
  /** Every byte so far, one character each. */
  text: string
}

/** An upstream that sees bytes, not requests: for what an HTTP server would not let through or not show. */
export class RawOrigin {
  readonly connections: RawConnection[] = []
  readonly #server: Server

  private constructor(onData: (connection: RawConnection) => void) {
    this.#server = createServer((socket) => {
      const connection = { socket, text: '' }
      this.connections.push(connection)
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        connection.text += chunk.toString('latin1')
        onData(connection)
      })
    })
  }

  /** `onData` runs after each piece that arrives. */
  static async start(onData: (connection: RawConnection) => void = () => {}): Promise<RawOrigin> {
    const origin = new RawOrigin(onData)
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Everything received on all connections. */
  get text(): string {
    return this.connections.map(({ text }) => text).join('')
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { socket } of this.connections) socket.destroy()
    await closed
  }
}

/** Answers each complete head with 200 and `ok`. */
export function answerHeads({ socket, text }: RawConnection): void {
  if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
}
