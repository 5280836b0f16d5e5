import { fork } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export const KIB = 1024
/** What bodies are made of; no head has it. */
export const BODY_LETTER = '~'
const BODY_1K = Buffer.alloc(KIB, BODY_LETTER)
const BODY_100K = Buffer.alloc(100 * KIB, BODY_LETTER)
const PIECE = Buffer.alloc(64 * KIB, BODY_LETTER)
/** Longer than a client that goes away in the middle takes of it. */
const LONG_PIECES = 160
const EVENT_INTERVAL_MS = 50

const AS_PROCESS = 'soak-origin'

/** The upstream of the soak in a process of its own, so that it does not wait for the clients. */
export class OriginProcess {
  readonly #child = fork(import.meta.filename, [AS_PROCESS])
  url = ''

  static async start(): Promise<OriginProcess> {
    const origin = new OriginProcess()
    origin.url = await new Promise((resolve) => origin.#child.once('message', (url) => resolve(String(url))))
    return origin
  }

  stop(): void {
    this.#child.kill()
  }
}

/** All kinds of answers, good and bad, by path. */
class SoakOrigin {
  readonly #server: Server
  readonly #sockets: WebSocketServer

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
    this.#server.keepAliveTimeout = 120_000
    this.#sockets = new WebSocketServer({ server: this.#server })
    this.#sockets.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
  }

  static async start(): Promise<SoakOrigin> {
    const origin = new SoakOrigin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => {})
    response.on('error', () => {})
    switch (request.url) {
      case '/1k':
        response.end(BODY_1K)
        break
      case '/100k':
        response.end(BODY_100K)
        break
      case '/chunked':
        for (let piece = 0; piece < 8; piece += 1) response.write(BODY_1K)
        response.end()
        break
      case '/long':
        sendLong(response)
        break
      case '/events':
        sendEvents(response)
        break
      case '/reset':
        request.socket.resetAndDestroy()
        break
      case '/break-off':
        response.writeHead(200, { 'content-length': 2 * PIECE.byteLength })
        response.write(PIECE, () => request.socket.resetAndDestroy())
        break
      case '/count':
        countBody(request, response)
        break
      default:
        response.writeHead(500).end()
    }
  }
}

function sendLong(response: ServerResponse): void {
  let pieces = 0
  const more = () => {
    while (pieces < LONG_PIECES && !response.destroyed) {
      pieces += 1
      if (!response.write(PIECE)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  response.writeHead(200, { 'content-length': LONG_PIECES * PIECE.byteLength })
  more()
}

function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let id = 0
  const timer = setInterval(() => {
    id += 1
    response.write(`id: ${id}\ndata: event\n\n`)
  }, EVENT_INTERVAL_MS)
  response.once('close', () => clearInterval(timer))
}

function countBody(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
  })
  request.once('end', () => response.end(String(bytes)))
}

if (process.argv[2] === AS_PROCESS) {
  process.once('disconnect', () => process.exit())
  process.send?.((await SoakOrigin.start()).url)
}
