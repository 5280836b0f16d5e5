import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer as createTlsServer, type SecureContext, type TLSSocket, Server as TlsServer } from 'node:tls'
import type { ErrorCode } from '@sluice/shared/errors'
import type { ClientSide } from '../exchange/client-side.ts'
import type { Deadlines } from '../exchange/deadlines.ts'
import type { RequestHead } from '../exchange/exchange.ts'
import { ParserLoan } from '../http1/parser-loan.ts'
import type { ConnectionCounts, ConnectionRefusal } from '../memory/connection-counts.ts'
import type { DirectIo } from '../socket/direct-io.ts'
import { SocketWriter } from '../socket/socket-writer.ts'
import { ClientConnection } from './client-connection.ts'
import { type ClientInput, StreamInput, withSharedReads } from './client-input.ts'
import type { ConnectionHost } from './connection-host.ts'
import { Http2Connection, type Http2Host, type Http2Refusal } from './http2/http2-connection.ts'
import { PrefaceReader } from './http2/preface.ts'
import type { ListenerLimits } from './limits.ts'
import { type ConnectionFacts, isTrusted, type RealIpSettings, withoutMapping } from './request-head.ts'
import { askForCertificate, askThoseWithoutName, shownCertificate, TLS_SETTINGS, WITHOUT_TICKETS } from './tls-settings.ts'

export interface ListenAddress {
  host: string
  port: number
  /** True for workers that share the port. */
  reusePort: boolean
}

/** Which clients are asked for a certificate. */
interface CertificateAsking {
  readonly isNone: boolean
  asks(servername: string | null): boolean
}

const NOBODY_ASKED: CertificateAsking = { isNone: true, asks: () => false }

/** Certificates with their keys in PEM, for clients that name no server. */
interface KeyPairs {
  cert: string[]
  key: string[]
}

export interface ListenerOptions {
  limits: ListenerLimits
  deadlines: Deadlines
  realIp: RealIpSettings
  /** Of the whole node; a connection beyond its bounds is closed before a byte of it is read. */
  counts: ConnectionCounts
  nowMs(): number
  /** Chooses the certificate by server name; null for a plain listener. */
  certificateFor: ((servername: string) => SecureContext | null) | null
  /** A plain listener also takes HTTP/2 of clients that know that it does. */
  takesH2c: boolean
  /** A plain listener reads into memory that its connections share, where `withSharedReads` was found to work. */
  sharesReads: boolean
  /** How plain connections are read and written past streams; null where this Node.js cannot. */
  directIo: DirectIo | null
  onExchange(head: RequestHead, client: ClientSide): void
  onRefused(head: RequestHead, client: ClientSide, error: ErrorCode): void
  onHttp2Refused(reason: Http2Refusal): void
  onConnectionRefused(reason: ConnectionRefusal): void
}

let connections = 0

/** One listening socket of a worker. */
export class HttpListener implements ConnectionHost, Http2Host {
  readonly limits: ListenerLimits
  readonly deadlines: Deadlines
  readonly realIp: RealIpSettings
  readonly parsers: ParserLoan
  readonly #options: ListenerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #open = new Set<ClientConnection>()
  readonly #http2 = new Set<Http2Connection>()
  #fallback = ''
  #asking = NOBODY_ASKED
  #ticketKeys: Buffer | null = null
  #acceptedAtMs = Number.NEGATIVE_INFINITY
  isDraining = false

  constructor(options: ListenerOptions) {
    this.#options = options
    this.limits = options.limits
    this.deadlines = options.deadlines
    this.realIp = options.realIp
    this.parsers = new ParserLoan('request', options.limits)
    const settings = { allowHalfOpen: true, noDelay: true, highWaterMark: options.limits.sendBufferBytes, pauseOnConnect: this.#sharesReads }
    this.#server = options.certificateFor === null ? createPlainServer(settings) : this.#makeTlsServer(settings, options.certificateFor)
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket))
    if (options.certificateFor !== null)
      this.#server.on('secureConnection', (socket: TLSSocket) => {
        const isHttp2 = socket.alpnProtocol === 'h2'
        this.#serve(socket, isHttp2 ? null : new StreamInput(socket))
      })
  }

  nowMs(): number {
    return this.#options.nowMs()
  }

  writerOf(socket: Socket, onDrain: () => void): SocketWriter {
    return new SocketWriter(socket, this.#options.certificateFor === null ? this.#options.directIo : null, onDrain)
  }

  onExchange(head: RequestHead, client: ClientSide): void {
    this.#options.onExchange(head, client)
  }

  onRefused(head: RequestHead, client: ClientSide, error: ErrorCode): void {
    this.#options.onRefused(head, client, error)
  }

  onClosed(connection: ClientConnection): void {
    this.#open.delete(connection)
  }

  onHttp2Closed(connection: Http2Connection): void {
    this.#http2.delete(connection)
  }

  onHttp2Refused(reason: Http2Refusal): void {
    this.#options.onHttp2Refused(reason)
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

  /** The certificate for clients that name no server (without one they get none), and who is asked for one. No effect on a plain listener. */
  setCertificates(pairs: KeyPairs | null, asking: CertificateAsking): void {
    if (!(this.#server instanceof TlsServer)) return
    this.#asking = asking
    askThoseWithoutName(this.#server, asking.asks(null))
    const identity = pairs === null && asking.isNone ? '' : `${asking.isNone} ${pairs?.cert.join() ?? ''}`
    if (identity === this.#fallback) return
    this.#fallback = identity
    // A context anew has neither the ciphers nor the ticket keys of the former.
    this.#server.setSecureContext({ ...TLS_SETTINGS, ...(asking.isNone ? {} : WITHOUT_TICKETS), ...pairs })
    if (this.#ticketKeys !== null) this.#server.setTicketKeys(this.#ticketKeys)
  }

  /** Session tickets are sealed and opened with these 48 bytes from now on. No effect on a plain listener. */
  setTicketKeys(keys: Buffer): void {
    if (!(this.#server instanceof TlsServer)) return
    this.#ticketKeys = keys
    this.#server.setTicketKeys(keys)
  }

  get connections(): number {
    return this.#sockets.size
  }

  /**
   * Lets idle connections bring one more request or end, takes new ones until whoever balances has seen that there are to be no more, and cuts
   * what still runs after `graceMs`.
   */
  async close(graceMs: number): Promise<void> {
    this.isDraining = true
    for (const connection of this.#open) connection.drain()
    for (const connection of this.#http2) connection.announceEnd()
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, graceMs)
    await this.#untilNobodyComes(Math.min(this.limits.drainAcceptMs, graceMs))
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    clearTimeout(cut)
  }

  /** A balancer needs a while to see that a node is not ready any more; what it sends until then would be reset by a listener that has closed. */
  async #untilNobodyComes(atMostMs: number): Promise<void> {
    const endsAtMs = performance.now() + atMostMs
    for (;;) {
      const leftMs = Math.min(this.#acceptedAtMs + this.limits.drainIdleMs, endsAtMs) - performance.now()
      if (leftMs <= 0) break
      await delay(leftMs)
    }
    // The event loop has taken all that were waiting when it gets to this.
    await new Promise((resolve) => setImmediate(resolve))
  }

  #makeTlsServer(settings: { allowHalfOpen: boolean; noDelay: boolean }, certificateFor: (servername: string) => SecureContext | null): TlsServer {
    const asks = (name: string) => this.#asking.asks(name)
    const server = createTlsServer({
      ...settings,
      ...TLS_SETTINGS,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.limits.headTimeoutMs,
      requestCert: false,
      // Whom to believe is decided for each request, by what is configured for its route.
      rejectUnauthorized: false,
      SNICallback(this: unknown, name, callback) {
        const context = certificateFor(name)
        if (context === null) callback(new Error('no certificate for this name'))
        else if (askForCertificate(this, asks(name))) callback(null, context)
        else callback(new Error('this Node.js cannot ask for a certificate by server name'))
      },
    })
    // A handshake that fails is the client's matter; its socket is closed by node:tls.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  /** What HTTP/2 is told by is read as a stream. */
  get #sharesReads(): boolean {
    const { certificateFor, sharesReads, takesH2c } = this.#options
    return sharesReads && certificateFor === null && !takesH2c
  }

  #onConnection(accepted: Socket): void {
    this.#acceptedAtMs = performance.now()
    const { counts } = this.#options
    const address = this.#countedAddress(accepted)
    const refusal = counts.enter(address)
    if (refusal !== null) {
      accepted.destroy()
      this.#options.onConnectionRefused(refusal)
      return
    }
    const shared = this.#sharesReads ? withSharedReads(accepted, this.#options.directIo) : null
    const socket = shared?.socket ?? accepted
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      counts.leave(address)
    })
    if (this.#options.certificateFor !== null) return
    if (this.#options.takesH2c) this.#readPreface(socket)
    else {
      this.#serve(socket, shared?.input ?? new StreamInput(socket))
      socket.resume()
    }
  }

  /** The address whose connections are counted, or null: a trusted proxy brings the connections of many. */
  #countedAddress(socket: Socket): string | null {
    if (!this.#options.counts.countsAddresses) return null
    const peerIp = withoutMapping(socket.remoteAddress ?? '')
    return isTrusted(this.realIp, peerIp) ? null : peerIp
  }

  #readPreface(socket: Socket): void {
    new PrefaceReader(socket, {
      deadlines: this.deadlines,
      timeoutMs: this.limits.headTimeoutMs,
      decide: (isHttp2) => {
        this.#serve(socket, isHttp2 ? null : new StreamInput(socket))
        if (!isHttp2) socket.resume()
      },
    })
  }

  /** `input` is null where node:http2 reads. */
  #serve(socket: Socket, input: ClientInput | null): void {
    const facts = this.#factsOf(socket)
    if (input === null) {
      const connection = new Http2Connection(socket, facts, this)
      this.#http2.add(connection)
      if (this.isDraining) connection.announceEnd()
    } else this.#open.add(new ClientConnection(socket, input, facts, this))
  }

  #factsOf(socket: Socket): ConnectionFacts {
    connections += 1
    const peerIp = withoutMapping(socket.remoteAddress ?? '')
    const isTls = this.#options.certificateFor !== null
    const servername = isTls ? (socket as TLSSocket).servername : undefined
    return {
      id: connections,
      peerIp,
      peerPort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? 0,
      isPeerTrusted: isTrusted(this.realIp, peerIp),
      scheme: isTls ? 'https' : 'http',
      sni: typeof servername === 'string' ? servername : null,
      clientCertificate: isTls ? shownCertificate(socket as TLSSocket) : null,
    }
  }
}
