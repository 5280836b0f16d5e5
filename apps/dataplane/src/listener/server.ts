import { createServer as createHttpServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import { LISTENER_LIMITS } from './limits.ts'
import type { ConnectionState } from './read-head.ts'
import { hasBody } from './request-body.ts'
import { TLS_SETTINGS } from './tls-settings.ts'

export interface ListenAddress {
  host: string
  port: number
  /** True in workers, which share the port. */
  reusePort: boolean
}

export interface ServerOptions {
  /** Chooses the certificate by server name; null for a plain listener. */
  certificateFor: ((servername: string) => SecureContext | null) | null
  onRequest(request: IncomingMessage, response: ServerResponse, connection: ConnectionState): void
  onUpgrade(request: IncomingMessage, response: ServerResponse, connection: ConnectionState): void
}

/** True for the one upgrade that is relayed; others are answered as plain requests, without their Upgrade (RFC 9110 7.8: so is one in HTTP/1.0). */
function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET' && request.httpVersion === '1.1'
}

const PARSE_ERRORS: Readonly<Record<string, ErrorCode>> = { HPE_HEADER_OVERFLOW: 'head_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout' }

/** Answers what could not be parsed; nothing of it reaches the pipeline. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, message } = ERRORS[PARSE_ERRORS[error.code ?? ''] ?? 'bad_request']
  const body = `${message}\n`
  socket.write(
    `HTTP/1.1 ${status} ${message}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nServer: sluice\r\nConnection: close\r\n\r\n${body}`,
  )
  socket.destroySoon()
}

interface Last {
  request: IncomingMessage
  response: ServerResponse
}

/** Answers a parse error in its turn: answers of earlier requests come first, and none is written into. */
function refuseInOrder(error: NodeJS.ErrnoException, socket: Socket, last: Last | undefined): void {
  if (last === undefined || last.response.writableFinished) refuseUnparsed(error, socket)
  else if (last.request.complete) last.response.once('finish', () => refuseUnparsed(error, socket))
  // The error is in the body of the last request. Without a socket its answer still waits for those before it.
  else if (last.response.headersSent || last.response.socket === null) socket.destroy()
  else refuseUnparsed(error, socket)
}

let connections = 0

/** One listening socket of a worker. */
export class ListenServer {
  readonly #server: Server
  readonly #states = new WeakMap<object, ConnectionState>()
  readonly #last = new WeakMap<object, Last>()
  readonly #sockets = new Set<Socket>()
  #fallback = ''
  #ticketKeys: Buffer | null = null

  constructor(options: ServerOptions) {
    const settings = {
      insecureHTTPParser: false,
      maxHeaderSize: LISTENER_LIMITS.headBytesMax,
      headersTimeout: LISTENER_LIMITS.headTimeoutMs,
      connectionsCheckingInterval: LISTENER_LIMITS.headCheckIntervalMs,
      requestTimeout: 0,
      keepAliveTimeout: LISTENER_LIMITS.keepAliveTimeoutMs,
      requireHostHeader: false,
      noDelay: true,
      shouldUpgradeCallback: isWebSocket,
    }
    const certificateFor = options.certificateFor
    this.#server =
      certificateFor === null
        ? createHttpServer(settings)
        : createHttpsServer({
            ...settings,
            ...TLS_SETTINGS,
            SNICallback: (name, callback) => callback(certificateFor(name) === null ? new Error('no certificate for this name') : null, certificateFor(name) ?? undefined),
          })
    this.#server.maxHeadersCount = 0
    this.#server.maxRequestsPerSocket = LISTENER_LIMITS.requestsPerConnectionMax
    this.#server.on('connection', (socket: Socket) => this.#track(socket))
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      // node:http reads on until an answer that closes is written. That one is on its way, and ends this request with it.
      if (this.#states.get(request.socket)?.isRefused !== true) options.onRequest(request, response, this.#count(request, response))
    }
    this.#server.on('request', onRequest)
    // The client is told to go on when its body is wanted, not before.
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Without a body nothing is held back. Untold, node:http would close behind the answer, though it has read on by then.
      if (!hasBody(request)) {
        response.writeContinue()
        request.headers.expect = undefined
      }
      onRequest(request, response)
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (this.#states.get(socket)?.isRefused === true) return
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      response.assignSocket(socket)
      // Nothing reads a socket that was handed over, so its other half would stay open for ever.
      response.once('finish', () => socket.destroySoon())
      socket.on('error', () => socket.destroy())
      if (head.byteLength > 0) socket.unshift(head)
      options.onUpgrade(request, response, this.#count(request, response))
    })
    this.#server.on('connect', (_request: IncomingMessage, socket: Socket) => refuseUnparsed(new Error('CONNECT'), socket))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseInOrder(error, socket as Socket, this.#last.get(socket)))
  }

  listen(address: ListenAddress): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: address.host, port: address.port, reusePort: address.reusePort }, () => {
        this.#server.removeListener('error', reject)
        resolve(this.#server.address() as AddressInfo)
      })
    })
  }

  /** The certificate for clients that name no server; without one they get none. No effect on a plain listener. */
  setFallbackCertificate(pairs: { cert: string[]; key: string[] } | null): void {
    if (!(this.#server instanceof HttpsServer)) return
    const identity = pairs === null ? '' : pairs.cert.join()
    if (identity === this.#fallback) return
    this.#fallback = identity
    // A context anew has neither the ciphers nor the ticket keys of the former.
    this.#server.setSecureContext({ ...TLS_SETTINGS, ...pairs })
    if (this.#ticketKeys !== null) this.#server.setTicketKeys(this.#ticketKeys)
  }

  /** Session tickets are sealed and opened with these 48 bytes from now on. No effect on a plain listener. */
  setTicketKeys(keys: Buffer): void {
    if (!(this.#server instanceof HttpsServer)) return
    this.#ticketKeys = keys
    this.#server.setTicketKeys(keys)
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Takes no more connections, ends idle ones, and cuts what still runs after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, graceMs)
    await closed
    clearTimeout(timer)
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #count(request: IncomingMessage, response: ServerResponse): ConnectionState {
    const state = this.#states.get(request.socket) ?? this.#newState()
    state.requests += 1
    this.#states.set(request.socket, state)
    this.#last.set(request.socket, { request, response })
    return state
  }

  #newState(): ConnectionState {
    connections += 1
    return { id: connections, requests: 0, isRefused: false }
  }
}
