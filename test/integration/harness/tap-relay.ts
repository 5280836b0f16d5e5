import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A relay of TCP connections that keeps a copy of what passes, to see what goes over a wire. */
export class TapRelay {
  readonly #server: Server
  readonly #sockets: Socket[] = []
  readonly #sent: Buffer[] = []
  readonly #answered: Buffer[] = []

  private constructor(target: () => URL) {
    this.#server = createServer({ allowHalfOpen: true }, (front) => {
      const { hostname, port } = target()
      const back = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
      this.#pass(front, back, this.#sent)
      this.#pass(back, front, this.#answered)
    })
  }

  /** `target` is asked at each connection. */
  static async start(target: () => URL): Promise<TapRelay> {
    const relay = new TapRelay(target)
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** All bytes of the side that connects, behind its first head. */
  get sent(): Buffer {
    return behindHead(Buffer.concat(this.#sent))
  }

  /** All bytes of the side that was connected to, behind its first head. */
  get answered(): Buffer {
    return behindHead(Buffer.concat(this.#answered))
  }

  forget(): void {
    this.#sent.length = 0
    this.#answered.length = 0
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #pass(from: Socket, to: Socket, copy: Buffer[]): void {
    this.#sockets.push(from)
    from.on('data', (bytes: Buffer) => {
      copy.push(Buffer.from(bytes))
      if (!to.write(bytes)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.once('end', () => to.end())
    from.once('close', () => to.destroy())
    from.on('error', () => {})
  }
}

function behindHead(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4)
}
