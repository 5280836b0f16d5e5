import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Reading } from './own-reading.ts'

type Resolve = (reading: Reading) => void

const without = (verdict: 'incomplete' | 'refused', reason: string): Reading => ({ verdict, start: '', fields: [], body: '', end: 0, reason })

/** The bytes ended before the message: not a refusal. */
const ENDED_EARLY = new Set(['HPE_INVALID_EOF_STATE', 'ECONNRESET', 'ERR_HTTP_SOCKET_CLOSED'])

/** Silence after which a request counts as not whole: only a disagreement takes that long. */
const SILENCE_MS = 3_000

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code ?? error.message

function collect(message: IncomingMessage, start: string, resolve: Resolve): void {
  let body = ''
  message.setEncoding('latin1')
  message.on('data', (data: string) => {
    body += data
  })
  message.on('end', () => resolve({ verdict: message.complete ? 'complete' : 'incomplete', start, fields: message.rawHeaders, body, end: 0, reason: '' }))
  message.on('error', (error) => resolve(without(ENDED_EARLY.has(codeOf(error)) ? 'incomplete' : 'refused', codeOf(error))))
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

/** Node.js's own parser, llhttp in its strict mode, behind real sockets: each message goes over a connection of its own. One message at a time. */
export class Llhttp {
  readonly #requests: HttpServer
  readonly #responses: Server
  /** Of the connection that is looked at. */
  #clientPort = 0
  #requestPort = 0
  #responsePort = 0
  #resolve: Resolve = () => {}
  #message: IncomingMessage | null = null
  #bytes: Buffer = Buffer.alloc(0)

  private constructor() {
    this.#requests = createHttpServer({ insecureHTTPParser: false, maxHeaderSize: 128 * 1024, keepAliveTimeout: 0 })
    const take = (message: IncomingMessage) => {
      // A second message, or one of a connection that was given up, is not looked at.
      if (this.#message !== null || message.socket.remotePort !== this.#clientPort) return
      this.#message = message
      // Bound now: what this message says later is no answer about the next one.
      collect(message, `${message.method} ${message.url}`, this.#resolve)
    }
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) this.#requests.on(event, take)
    this.#requests.on('connect', (message: IncomingMessage, socket) => {
      const isCurrent = message.socket.remotePort === this.#clientPort
      socket.on('error', () => {})
      socket.destroy()
      if (this.#message !== null || !isCurrent) return
      this.#message = message
      this.#resolve({ verdict: 'complete', start: `${message.method} ${message.url}`, fields: message.rawHeaders, body: '', end: 0, reason: '' })
    })
    this.#requests.on('clientError', (error, socket) => {
      const isCurrent = (socket as Socket).remotePort === this.#clientPort
      socket.destroy()
      if (!isCurrent) return
      // What is wrong behind a whole message is not its fault; its end is told on its own.
      if (this.#message?.complete !== true) this.#resolve(without(ENDED_EARLY.has(codeOf(error)) ? 'incomplete' : 'refused', codeOf(error)))
    })
    this.#responses = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(this.#bytes))
    })
  }

  static async start(): Promise<Llhttp> {
    const llhttp = new Llhttp()
    llhttp.#requestPort = await listen(llhttp.#requests)
    llhttp.#responsePort = await listen(llhttp.#responses)
    return llhttp
  }

  async stop(): Promise<void> {
    this.#requests.closeAllConnections()
    await Promise.all([this.#requests, this.#responses].map((server) => new Promise((resolve) => server.close(resolve))))
  }

  /** How llhttp reads `text`, of which the connection carries no more. */
  read(text: string, kind: 'request' | 'response'): Promise<Reading> {
    const bytes = Buffer.from(text, 'latin1')
    return kind === 'request' ? this.#readRequest(bytes) : this.#readResponse(bytes)
  }

  #readRequest(bytes: Buffer): Promise<Reading> {
    return new Promise((resolve) => {
      const socket = connect(this.#requestPort, '127.0.0.1')
      this.#message = null
      // Until the new one is open, whatever is told still concerns the one before.
      this.#clientPort = 0
      // A promise takes its first answer alone, so that the end of a connection that is done says nothing about the next one.
      const done = (reading: Reading) => {
        socket.destroy()
        resolve(reading)
      }
      this.#resolve = done
      let answer = ''
      socket.on('error', () => {})
      socket.on('connect', () => {
        this.#clientPort = socket.localPort ?? 0
      })
      socket.on('data', (data) => {
        answer += data.toString('latin1')
      })
      // Closed without a word: the message was not whole, or Node.js answered 400 by itself.
      socket.on('close', () => done(without(answer === '' ? 'incomplete' : 'refused', answer.slice(0, 30))))
      // Not ended: Node.js gives up a request whose client has ended before the answer. What does not come to an end is found by its silence.
      socket.setTimeout(SILENCE_MS, () => done(without('incomplete', 'silence')))
      socket.write(bytes)
    })
  }

  #readResponse(bytes: Buffer): Promise<Reading> {
    this.#bytes = bytes
    return new Promise((resolve) => {
      const asked = request({ port: this.#responsePort, host: '127.0.0.1', agent: false, maxHeaderSize: 128 * 1024, insecureHTTPParser: false })
      const done = (reading: Reading) => {
        asked.destroy()
        resolve(reading)
      }
      asked.on('response', (message) => collect(message, String(message.statusCode), done))
      asked.on('upgrade', (message, socket) => {
        socket.destroy()
        done({ verdict: 'complete', start: String(message.statusCode), fields: message.rawHeaders, body: '', end: 0, reason: '' })
      })
      asked.on('error', (error) => done(without(ENDED_EARLY.has(codeOf(error)) ? 'incomplete' : 'refused', codeOf(error))))
      asked.end()
    })
  }
}
