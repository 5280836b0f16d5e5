import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream'

/** The client's end over node:http. What it offers is the pipeline's `ClientSide`. */
export class NodeClient {
  readonly body: Readable | null
  readonly #response: ServerResponse
  readonly #closesAfter: () => boolean
  isGone = false

  constructor(response: ServerResponse, body: Readable | null, closesAfter: () => boolean) {
    this.#response = response
    this.body = body
    this.#closesAfter = closesAfter
    response.once('close', () => {
      this.isGone = !response.writableFinished
    })
  }

  onGone(action: () => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) action()
    })
  }

  reply(status: number, headers: string[], body: string | Uint8Array | null): void {
    this.#writeHead(status, undefined, headers)
    this.#response.end(body ?? undefined)
  }

  relay(input: { status: number; reason: string; headers: string[]; body: IncomingMessage }): Promise<number> {
    const response = this.#response
    this.#writeHead(input.status, input.reason, input.headers)
    let bytes = 0
    input.body.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
    })
    return new Promise((resolve) => {
      // An upstream that breaks off must not look finished: the client's connection is aborted.
      pipeline(input.body, response, (error) => {
        if (error !== null && error !== undefined) response.destroy()
        resolve(bytes)
      })
    })
  }

  tunnel(input: { status: number; reason: string; headers: string[]; socket: Socket; head: Buffer }): Promise<void> {
    const client = this.#response.socket as Duplex | null
    if (client === null) {
      input.socket.destroy()
      return Promise.resolve()
    }
    let head = `HTTP/1.1 ${input.status} ${input.reason}\r\n`
    for (let index = 0; index < input.headers.length; index += 2) head += `${input.headers[index]}: ${input.headers[index + 1]}\r\n`
    this.#response.detachSocket(client as Socket)
    client.write(`${head}\r\n`, 'latin1')
    if (input.head.byteLength > 0) client.write(input.head)
    return new Promise((resolve) => {
      let open = 2
      const ended = () => {
        open -= 1
        if (open === 0) resolve()
      }
      pipeline(input.socket, client, ended)
      pipeline(client, input.socket, ended)
    })
  }

  #writeHead(status: number, reason: string | undefined, headers: string[]): void {
    if (this.#closesAfter()) headers.push('Connection', 'close')
    this.#response.sendDate = false
    // Node.js 24 takes reason as text; an empty one is what statuses unknown to nginx have.
    if (reason === undefined || reason === '') this.#response.writeHead(status, headers)
    else this.#response.writeHead(status, reason, headers)
  }
}
