import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import type { RawSide } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import type { UpstreamTls } from './pools.ts'

/** The version of HTTP towards an upstream. */
export type UpstreamProtocol = 'http1' | 'h2'

export interface AttemptRequest {
  host: string
  port: number
  /** Host and port as one text, by which targets are told apart. */
  address: string
  /** What the target speaks: HTTP/2 without negotiation on plain connections, and by ALPN over TLS. */
  protocol: UpstreamProtocol
  method: string
  /** The whole head as HTTP/1.1 has it, framing included; one character per byte. For HTTP/2 its fields are read from it. */
  head: string
  tls: UpstreamTls | null
  connectTimeoutMs: number
  readTimeoutMs: number
  writeTimeoutMs: number
  /** What to send behind the head: nothing, a whole body, or pieces that come by `write` and `end` once `onReady` was called. */
  body: Buffer | 'none' | 'stream'
  /** The head says chunked: each piece of a stream is framed as a chunk. */
  isChunked: boolean
  /** The protocol that the head asks to go on with, or null. */
  upgrade: string | null
  /** False: a connection of its own, not a kept one. */
  reusesConnection: boolean
}

export interface AttemptFailure {
  error: ErrorCode
  /** No byte of the request can have been acted on, so any method may be tried elsewhere. */
  nothingSent: boolean
  /** The connection had been kept and was closed before an answer, and the request may be repeated. */
  onStaleConnection: boolean
  cause: Error | null
}

/** Head of an upstream's answer. */
export interface UpstreamHead {
  status: number
  reason: string
  /** All fields, those of the connection too. */
  headers: HeaderList
  /** Names that its Connection lists. */
  connectionOptions: readonly string[]
  /** Bytes of the body; null where only its end will tell; `none` where the answer has none whatever its fields say. */
  length: number | null | 'none'
}

/** Who an attempt tells what happens. Nothing comes after `onFailed`, `onBrokeOff`, `onEnd` or `onUpgraded`. */
export interface AttemptHandler {
  /** The connection stands and the head is on its way: a stream may begin. May come before `start` of the pools returns. */
  onReady(attempt: Attempt): void
  /** The upstream takes more of the stream after `write` said no. */
  onUpstreamDrain(): void
  onInterim(status: number, headers: HeaderList): void
  onAnswer(head: UpstreamHead): void
  /** Valid during the call where `isShared`. False: no more until `resume`. */
  onData(piece: Buffer, isShared: boolean): boolean
  /** Whether pieces that were not shared may still be in use. */
  readonly holdsBytes: boolean
  /** All that was read has been given: what waits may be sent on. */
  onPause(): void
  onEnd(trailers: HeaderList | null): void
  onUpgraded(head: UpstreamHead, side: RawSide): void
  /** Before an answer. */
  onFailed(failure: AttemptFailure): void
  /** In the middle of an answer. */
  onBrokeOff(error: ErrorCode): void
}

/** One running try. */
export interface Attempt {
  /** A piece of the stream; it may be kept. False: wait for `onUpstreamDrain`. */
  write(piece: Buffer): boolean
  /** The stream is whole. `trailers` are sent where the protocol has them. */
  end(trailers?: HeaderList | null): void
  /** Goes on after `onData` said no. */
  resume(): void
  /** Ends it at once; nothing is told any more. */
  cancel(): void
}

const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'name_resolution_failed',
  ENODATA: 'name_resolution_failed',
  EAI_AGAIN: 'dns_failed',
  SLUICE_ADDRESS_REFUSED: 'upstream_address_refused',
}

const isTlsFailure = (code: string) => code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT') || code.includes('SIGNATURE') || code.includes('ISSUER')

/** What an error of a socket means before its connection stands. */
export function classifyConnectError(cause: NodeJS.ErrnoException, isTls: boolean): ErrorCode {
  const known = BY_CODE[cause.code ?? '']
  if (known !== undefined) return known
  return isTls && isTlsFailure(cause.code ?? '') ? 'upstream_tls_failed' : 'upstream_connect_failed'
}

export function connectFailure(error: ErrorCode, cause: Error | null): AttemptFailure {
  return { error, nothingSent: ERRORS[error].replayable, onStaleConnection: false, cause }
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** RFC 9110 9.2.2 and RFC 9112 9.3.1: whether a request may be sent again although the first may have been acted on. */
export const mayRepeat = (request: AttemptRequest) => request.body !== 'stream' && IDEMPOTENT.has(request.method)
