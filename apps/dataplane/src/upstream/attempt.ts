import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import type { Pools, UpstreamTls } from './pools.ts'

/** Interim answers (1xx) of one attempt; an upstream that sends more is not answering. */
const INTERIM_MAX = 16

/** A body that is only touched once the connection stands. */
export interface BodySource {
  openBody(): Readable
}

export interface AttemptRequest {
  host: string
  port: number
  method: string
  /** Request target: percent-encoded path with query. */
  target: string
  /** Name and value in turn, Host and framing included. */
  headers: string[]
  tls: UpstreamTls | null
  connectTimeoutMs: number
  readTimeoutMs: number
  writeTimeoutMs: number
  /** What to send: nothing, a whole body, or a stream. */
  body: BodySource | Uint8Array | null
  isUpgrade: boolean
  /** False: a connection of its own, not a kept one. */
  reusesConnection: boolean
}

export interface AttemptFailure {
  kind: 'failed'
  error: ErrorCode
  /** No byte of the request can have been acted on, so any method may be tried elsewhere. */
  nothingSent: boolean
  /** The connection had been kept and was closed before an answer, and the request may be repeated. */
  onStaleConnection: boolean
  cause: Error
}

export type AttemptResult =
  | { kind: 'response'; response: IncomingMessage; request: ClientRequest }
  | { kind: 'upgraded'; response: IncomingMessage; socket: Socket; head: Buffer }
  | AttemptFailure

export interface AttemptEvents {
  /** Is handed the function that ends the attempt at once, for a client that goes away. */
  onCancel(cancel: () => void): void
  onInterim(status: number, headers: readonly string[]): void
}

const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'name_resolution_failed',
  ENODATA: 'name_resolution_failed',
  EAI_AGAIN: 'dns_failed',
  SLUICE_ADDRESS_REFUSED: 'upstream_address_refused',
}

/** A failure that is ours to name: a time that passed, or an answer that has no legal reading. */
class AttemptError extends Error {
  readonly error: ErrorCode
  constructor(error: ErrorCode) {
    super(ERRORS[error].title)
    this.error = error
  }
}

function classify(cause: NodeJS.ErrnoException, isConnected: boolean): ErrorCode {
  if (cause instanceof AttemptError) return cause.error
  const known = BY_CODE[cause.code ?? '']
  if (known !== undefined) return known
  if (!isConnected) return isTlsFailure(cause.code ?? '') ? 'upstream_tls_failed' : 'upstream_connect_failed'
  return cause.code?.startsWith('HPE_') ? 'upstream_invalid_response' : 'upstream_closed'
}

const isTlsFailure = (code: string) => code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT') || code.includes('SIGNATURE') || code.includes('ISSUER')

const FRAMING = /^[ \t]*(?:content-length|transfer-encoding)[ \t]*$/i

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9112 4 has none but the tab in a reason.
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/

/** What node:http takes though not everybody reads it alike: status lines that do not exist, and framing (RFC 9112 4 and 6.1, RFC 9110 7.6.1). */
function hasTwoReadings({ headers, httpVersion, statusCode = 0, statusMessage = '' }: IncomingMessage): boolean {
  if (!/^1\.[01]$/.test(httpVersion) || statusCode < 200 || statusCode > 599 || CONTROLS.test(statusMessage)) return true
  const coding = headers['transfer-encoding']
  if (coding !== undefined && (httpVersion === '1.0' || coding.toLowerCase() !== 'chunked')) return true
  return headers.connection?.split(',').some((option) => FRAMING.test(option)) ?? false
}

/** Closed or reset before an answer on a connection that had been idle: the peer had given it up, our request was not read. */
function isStaleConnection(request: ClientRequest, attempt: AttemptRequest, error: ErrorCode): boolean {
  if (!request.reusedSocket || error !== 'upstream_closed') return false
  return (attempt.body === null || attempt.body instanceof Uint8Array) && /^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(attempt.method)
}

function openRequest(attempt: AttemptRequest, pools: Pools): ClientRequest {
  const options = {
    host: attempt.host,
    port: attempt.port,
    method: attempt.method,
    path: attempt.target,
    headers: attempt.headers,
    setHost: false,
    insecureHTTPParser: false,
    maxHeaderSize: 64 * 1024,
  }
  if (attempt.tls === null) return httpRequest({ ...options, agent: pools.plain(attempt.reusesConnection) })
  // RFC 6066 3: an address is no server name. The certificate is then checked against the host.
  const servername = isIP(attempt.tls.servername) === 0 ? attempt.tls.servername : ''
  return httpsRequest({ ...options, agent: pools.tls(attempt.tls, attempt.reusesConnection), servername })
}

/** One running try: request, timers, and the one result that it comes to. */
class Attempt {
  readonly #attempt: AttemptRequest
  readonly #events: AttemptEvents
  readonly #request: ClientRequest
  readonly #settle: (result: AttemptResult) => void
  readonly #connectTimer: NodeJS.Timeout
  #isConnected = false
  #interim = 0
  #body: Readable | null = null
  #response: IncomingMessage | null = null

  constructor(attempt: AttemptRequest, request: ClientRequest, events: AttemptEvents, settle: (result: AttemptResult) => void) {
    this.#attempt = attempt
    this.#request = request
    this.#events = events
    this.#settle = settle
    this.#connectTimer = setTimeout(() => this.#fail('upstream_connect_timeout'), attempt.connectTimeoutMs)
    request.once('socket', (socket) => {
      if (!socket.connecting) this.#connected(socket)
      else socket.once(attempt.tls === null ? 'connect' : 'secureConnect', () => this.#connected(socket))
    })
    request.on('information', (info) => this.#inform(info.statusCode, info.rawHeaders))
    request.once('response', (response) => this.#answered(response))
    request.once('upgrade', (response, socket, head) => this.#upgraded(response, socket as Socket, head))
    request.on('error', (cause: NodeJS.ErrnoException) => this.#failed(cause))
    events.onCancel(() => request.destroy())
  }

  #fail(error: ErrorCode): void {
    this.#request.destroy(new AttemptError(error))
  }

  /** Settles at once: an answer may already stand behind what is refused, and would be taken. */
  #refuse(): void {
    this.#failed(new AttemptError('upstream_invalid_response'))
    this.#request.destroy()
  }

  #connected(socket: Socket): void {
    const request = this.#request
    this.#isConnected = true
    clearTimeout(this.#connectTimer)
    const onTimeout = () => this.#timedOut(socket)
    // node:http takes a reset for the end of a body that lasts until close.
    const onError = (cause: Error) => this.#response?.destroy(cause)
    socket.setTimeout(this.#attempt.body === null ? this.#attempt.readTimeoutMs : this.#attempt.writeTimeoutMs)
    socket.on('timeout', onTimeout)
    socket.on('error', onError)
    request.once('finish', () => socket.setTimeout(this.#attempt.readTimeoutMs))
    request.once('close', () => {
      socket.removeListener('timeout', onTimeout)
      socket.removeListener('error', onError)
      socket.setTimeout(0)
    })
    this.#sendBody()
  }

  #sendBody(): void {
    const { body } = this.#attempt
    if (body === null) this.#request.end()
    else if (body instanceof Uint8Array) this.#request.end(body)
    else {
      this.#body = body.openBody()
      this.#body.pipe(this.#request)
    }
  }

  /** The connection was silent: whose turn was it? */
  #timedOut(socket: Socket): void {
    const request = this.#request
    const response = this.#response
    // The client does not take the answer; the listener has a limit for that.
    if (response !== null && (response.isPaused() || response.readableLength > 0)) socket.setTimeout(this.#attempt.readTimeoutMs)
    else if (response !== null || request.writableFinished) this.#fail('upstream_read_timeout')
    // Nothing waits to be sent: it is the client that does not go on with its body.
    else if (this.#body !== null && !request.writableNeedDrain) this.#fail('request_timeout')
    else this.#fail('upstream_write_timeout')
  }

  #inform(status: number, headers: readonly string[]): void {
    this.#interim += 1
    if (this.#interim > INTERIM_MAX) this.#refuse()
    else this.#events.onInterim(status, headers)
  }

  #answered(response: IncomingMessage): void {
    const request = this.#request
    if (hasTwoReadings(response)) {
      this.#refuse()
      return
    }
    this.#response = response
    // A final answer ends the upload: what of it was not sent by then nobody waits for.
    response.once('end', () => {
      if (!request.writableFinished) request.destroy()
    })
    this.#settle({ kind: 'response', response, request })
  }

  #upgraded(response: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!this.#attempt.isUpgrade || response.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.destroy()
      this.#refuse()
      return
    }
    socket.setTimeout(0)
    this.#settle({ kind: 'upgraded', response, socket, head })
  }

  #failed(cause: NodeJS.ErrnoException): void {
    clearTimeout(this.#connectTimer)
    const error = classify(cause, this.#isConnected)
    const onStaleConnection = this.#isConnected && isStaleConnection(this.#request, this.#attempt, error)
    this.#settle({ kind: 'failed', error, nothingSent: !this.#isConnected && ERRORS[error].replayable, onStaleConnection, cause })
  }
}

/** One try against one target. Resolves with the response head (its body still streams), or with what failed; never rejects. */
export function runAttempt(attempt: AttemptRequest, pools: Pools, events: AttemptEvents): Promise<AttemptResult> {
  const failed = (error: ErrorCode, cause: Error): AttemptFailure => ({ kind: 'failed', error, nothingSent: false, onStaleConnection: false, cause })
  if (!pools.allows(attempt.host)) return Promise.resolve(failed('upstream_address_refused', new Error(`${attempt.host} is an address that upstreams may not have`)))
  return new Promise((resolve) => {
    try {
      new Attempt(attempt, openRequest(attempt, pools), events, resolve)
    } catch (error) {
      // node:http refuses some heads at once, such as a value with a control byte that a plugin wrote.
      resolve(failed('internal', error instanceof Error ? error : new Error(String(error))))
    }
  })
}
