import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import type { Pools, UpstreamTls } from './pools.ts'

export interface AttemptRequest {
  host: string
  port: number
  method: string
  /** Request target: percent-encoded path with query. */
  target: string
  /** Name and value in turn, Host included. */
  headers: string[]
  tls: UpstreamTls | null
  connectTimeoutMs: number
  readTimeoutMs: number
  writeTimeoutMs: number
  /** Bytes to send: none, a whole body, or a stream that is touched only once the connection stands. */
  body: Readable | Uint8Array | null
  isUpgrade: boolean
}

export type AttemptResult =
  | { kind: 'response'; response: IncomingMessage; request: ClientRequest }
  | { kind: 'upgraded'; response: IncomingMessage; socket: Socket; head: Buffer }
  /** `nothingSent`: no byte of the request can have been acted on, so any method may be tried elsewhere. */
  | { kind: 'failed'; error: ErrorCode; nothingSent: boolean; cause: Error }

const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'name_resolution_failed',
  ENODATA: 'name_resolution_failed',
  EAI_AGAIN: 'dns_failed',
  SLUICE_ADDRESS_REFUSED: 'upstream_address_refused',
  SLUICE_CONNECT_TIMEOUT: 'upstream_connect_timeout',
  SLUICE_READ_TIMEOUT: 'upstream_read_timeout',
  SLUICE_WRITE_TIMEOUT: 'upstream_write_timeout',
}

class TimeoutError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

function classify(cause: NodeJS.ErrnoException, isConnected: boolean): ErrorCode {
  const known = BY_CODE[cause.code ?? '']
  if (known !== undefined) return known
  if (!isConnected) return cause.code?.startsWith('ERR_TLS') || cause.code?.includes('CERT') ? 'upstream_tls_failed' : 'upstream_connect_failed'
  return cause.code?.startsWith('HPE_') ? 'upstream_invalid_response' : 'upstream_closed'
}

/** Closes or reset before an answer on a connection that had been idle: the peer had given it up, our request was not read. */
function isStaleConnection(request: ClientRequest, attempt: AttemptRequest): boolean {
  return request.reusedSocket && attempt.body === null && /^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(attempt.method)
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
  if (attempt.tls === null) return httpRequest({ ...options, agent: pools.plain() })
  return httpsRequest({ ...options, agent: pools.tls(attempt.tls), servername: attempt.tls.servername })
}

function sendBody(request: ClientRequest, body: AttemptRequest['body']): void {
  if (body === null) request.end()
  else if (body instanceof Uint8Array) request.end(body)
  else body.pipe(request)
}

/**
 * One try against one target. Resolves with the response head (its body still streams), or with what failed; never rejects.
 * `onCancel` is handed the function that ends the attempt at once, for a client that goes away.
 */
export function runAttempt(attempt: AttemptRequest, pools: Pools, onCancel: (cancel: () => void) => void): Promise<AttemptResult> {
  if (!pools.allows(attempt.host))
    return Promise.resolve({ kind: 'failed', error: 'upstream_address_refused', nothingSent: false, cause: new Error(`${attempt.host} is an address that upstreams may not have`) })
  return new Promise((resolve) => {
    const request = openRequest(attempt, pools)
    let isConnected = false
    const connectTimer = setTimeout(() => request.destroy(new TimeoutError('SLUICE_CONNECT_TIMEOUT')), attempt.connectTimeoutMs)
    const connected = (socket: Socket) => {
      isConnected = true
      clearTimeout(connectTimer)
      socket.setTimeout(attempt.readTimeoutMs)
      const onTimeout = () => request.destroy(new TimeoutError(request.writableFinished ? 'SLUICE_READ_TIMEOUT' : 'SLUICE_WRITE_TIMEOUT'))
      socket.on('timeout', onTimeout)
      request.once('close', () => {
        socket.removeListener('timeout', onTimeout)
        socket.setTimeout(0)
      })
      sendBody(request, attempt.body)
    }
    request.once('socket', (socket) => {
      if (!socket.connecting) connected(socket)
      else socket.once(attempt.tls === null ? 'connect' : 'secureConnect', () => connected(socket))
    })
    request.once('response', (response) => resolve({ kind: 'response', response, request }))
    request.once('upgrade', (response, socket, head) => {
      socket.setTimeout(0)
      resolve({ kind: 'upgraded', response, socket: socket as Socket, head })
    })
    request.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(connectTimer)
      const error = classify(cause, isConnected)
      const nothingSent = !isConnected ? ERRORS[error].replayable : isStaleConnection(request, attempt)
      resolve({ kind: 'failed', error, nothingSent, cause })
    })
    onCancel(() => request.destroy())
  })
}
