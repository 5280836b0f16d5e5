import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
  rawHeaders: string[]
  body: string
}

/** An upstream that remembers what it received. */
export class Origin {
  readonly received: Received[] = []
  readonly #server: Server
  readonly name: string

  private constructor(name: string, answer: (request: IncomingMessage, response: ServerResponse, received: Received) => void) {
    this.name = name
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const received = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks).toString('utf8'),
        }
        this.received.push(received)
        answer(request, response, received)
      })
    })
    this.#server.keepAliveTimeout = 60_000
  }

  static async start(
    name: string,
    answer: (request: IncomingMessage, response: ServerResponse, received: Received) => void = (_, response) => response.end(name),
  ): Promise<Origin> {
    const origin = new Origin(name, answer)
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get server(): Server {
    return this.#server
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}
