import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { until } from './node-process.ts'

const ASKED = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** An upgraded connection through a node: both ends, and what has come out of each. */
export interface RawTunnel {
  client: Socket
  upstream: Socket
  received: { client: string; upstream: string }
  stop(): Promise<void>
}

/** An upstream that accepts one upgrade and says nothing more of its own accord. Either side may end its half. */
export class AcceptingOrigin {
  readonly #server: Server

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true })
  }

  static async start(): Promise<AcceptingOrigin> {
    const origin = new AcceptingOrigin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Upgrades a connection that leads here through the proxy. */
  async openThrough(proxy: string): Promise<RawTunnel> {
    const received = { client: '', upstream: '' }
    const accepted = once(this.#server, 'connection') as Promise<[Socket]>
    const client = connect({ port: Number(new URL(proxy).port), host: '127.0.0.1', allowHalfOpen: true })
    client.on('data', (bytes: Buffer) => {
      received.client += bytes.toString()
    })
    client.write(ASKED)
    const [upstream] = await accepted
    upstream.on('data', (bytes: Buffer) => {
      received.upstream += bytes.toString()
    })
    await until('the head upstream', () => (received.upstream.endsWith('\r\n\r\n') ? true : null))
    received.upstream = ''
    upstream.write(ACCEPTED)
    await until('the upgrade', () => (received.client.endsWith('\r\n\r\n') ? true : null))
    received.client = ''
    return {
      client,
      upstream,
      received,
      stop: async () => {
        client.destroy()
        upstream.destroy()
        await new Promise<void>((resolve) => this.#server.close(() => resolve()))
      },
    }
  }
}
