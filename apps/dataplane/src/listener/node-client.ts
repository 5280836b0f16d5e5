import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { LISTENER_LIMITS } from './limits.ts'
import { StreamBody } from './request-body.ts'

export interface NodeClientOptions {
  /** True where the connection is not to be kept after the answer. */
  closesAfter(): boolean
  sendTimeoutMs?: number
  lingerMs?: number
}

/** True where the client holds its body back until it is told to go on (RFC 9110 10.1.1). */
function waitsForContinue(request: IncomingMessage): boolean {
  return request.httpVersion === '1.1' && request.headers.expect?.toLowerCase() === '100-continue'
}

/** The client's end over node:http. What it offers is the pipeline's `ClientSide`. */
export class NodeClient {
  readonly body: StreamBody
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #options: NodeClientOptions
  #holdsBack: boolean
  isGone = false

  constructor(request: IncomingMessage, response: ServerResponse, options: NodeClientOptions) {
    this.#request = request
    this.#response = response
    this.#options = options
    this.#holdsBack = waitsForContinue(request)
    this.body = new StreamBody(request, { onWanted: () => this.#continue() })
    response.once('close', () => {
      this.isGone = !response.writableFinished
    })
    if (this.body.present) response.once('finish', () => this.#discardRest())
  }

  get hasBody(): boolean {
    return this.body.present
  }

  get bodyLength(): number | null {
    return this.body.length
  }

  get hasAnswered(): boolean {
    return this.#response.headersSent
  }

  openBody(): Readable {
    return this.body.open()
  }

  onGone(action: () => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) action()
    })
  }

  abort(): void {
    this.#response.destroy()
  }

  reply(status: number, headers: string[], body: string | Uint8Array | null): void {
    this.#writeHead(status, undefined, headers)
    this.#response.end(body ?? undefined)
  }

  /** 103 only: 100 is ours to give, and 102 says nothing that a client could use. */
  inform(status: number, headers: readonly string[]): void {
    if (status !== 103 || this.#response.headersSent || this.#request.httpVersion !== '1.1') return
    const hints: Record<string, string[]> = {}
    for (let index = 0; index < headers.length; index += 2) {
      const name = String(headers[index]).toLowerCase()
      if (name === 'link') hints.link = [...(hints.link ?? []), String(headers[index + 1])]
    }
    try {
      if (hints.link !== undefined) this.#response.writeEarlyHints(hints)
    } catch {
      // A hint that node:http does not take for a Link is left out: hints are optional.
    }
  }

  relay(input: { status: number; reason: string; headers: string[]; body: IncomingMessage }): Promise<{ bytes: number; brokeOff: boolean }> {
    const response = this.#response
    this.#writeHead(input.status, input.reason, input.headers)
    let bytes = 0
    let brokeOff = false
    let watch: NodeJS.Timeout | null = null
    input.body.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
    })
    // The first time that the client takes less than the upstream gives: most answers need no watch.
    input.body.once('pause', () => {
      watch = this.#watchSending()
    })
    // Where the client left first, the body ends because of that.
    input.body.once('error', () => {
      brokeOff = !this.isGone
    })
    return new Promise((resolve) => {
      // An upstream that breaks off must not look finished: the client's connection is aborted.
      pipeline(input.body, response, (error) => {
        if (watch !== null) clearInterval(watch)
        if (error !== null && error !== undefined) response.destroy()
        resolve({ bytes, brokeOff })
      })
    })
  }

  tunnel(input: { status: number; reason: string; headers: string[]; socket: Socket; head: Buffer }): Promise<void> {
    const client = this.#response.socket
    if (client === null) {
      input.socket.destroy()
      return Promise.resolve()
    }
    let head = `HTTP/1.1 ${input.status} ${input.reason}\r\n`
    for (let index = 0; index < input.headers.length; index += 2) head += `${input.headers[index]}: ${input.headers[index + 1]}\r\n`
    this.#response.detachSocket(client)
    for (const socket of [client, input.socket]) socket.setKeepAlive(true, LISTENER_LIMITS.tunnelProbeMs)
    client.write(`${head}\r\n`, 'latin1')
    if (input.head.byteLength > 0) client.write(input.head)
    return new Promise((resolve) => {
      let open = 2
      const ended = () => {
        open -= 1
        if (open === 0) resolve()
      }
      pipeline(input.socket, client as Duplex, ended)
      pipeline(client as Duplex, input.socket, ended)
    })
  }

  #continue(): void {
    if (this.#holdsBack && !this.#response.headersSent) this.#response.writeContinue()
    this.#holdsBack = false
  }

  /** Ends a connection whose client has taken nothing for a while, though there is something to take. */
  #watchSending(): NodeJS.Timeout {
    const response = this.#response
    let sentBefore = -1
    const look = () => {
      const { socket } = response
      if (socket === null || !response.writableNeedDrain) {
        sentBefore = -1
        return
      }
      const sent = socket.bytesWritten - socket.writableLength
      if (sent === sentBefore) response.destroy()
      sentBefore = sent
    }
    return setInterval(look, (this.#options.sendTimeoutMs ?? LISTENER_LIMITS.sendTimeoutMs) / 2)
  }

  /** After an answer that came before the end of the upload: takes the rest for a while, then closes (RFC 9112 9.6). */
  #discardRest(): void {
    const request = this.#request
    if (request.complete) return
    request.unpipe()
    request.resume()
    const { socket } = request
    const timer = setTimeout(() => {
      if (!request.complete) socket.destroy()
    }, this.#options.lingerMs ?? LISTENER_LIMITS.lingerMs)
    request.once('close', () => clearTimeout(timer))
  }

  #writeHead(status: number, reason: string | undefined, headers: string[]): void {
    // A client that was never told to go on may send its body or the next request: the two cannot be told apart.
    if (this.#options.closesAfter() || this.#holdsBack) headers.push('Connection', 'close')
    this.#response.sendDate = false
    // Node.js 24 takes reason as text; an empty one is what statuses unknown to nginx have.
    if (reason === undefined || reason === '') this.#response.writeHead(status, headers)
    else this.#response.writeHead(status, reason, headers)
  }
}
