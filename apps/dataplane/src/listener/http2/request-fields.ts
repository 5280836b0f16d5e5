import type { ErrorCode } from '@sluice/shared/errors'
import { HeaderList } from '../../exchange/header-list.ts'
import { isAuthority } from '../../http1/authority.ts'
import { isMadeOf, TARGET } from '../../http1/byte-classes.ts'
import { readLength } from '../../http1/read-meaning.ts'
import type { ListenerLimits } from '../limits.ts'
import type { RequestFacts } from '../request-head.ts'

/** What a block of header fields says. */
export interface Http2Request {
  facts: RequestFacts
  /** Bytes of the body that were announced; null where only the end of the stream tells. */
  length: number | null
  /** gRPC calls may be silent in either direction for long. */
  isGrpc: boolean
  /** Why it goes no further. */
  refused: ErrorCode | null
}

/** RFC 9113 8.2.2: fields of a connection, which HTTP/1.1 behind us would obey. nghttp2 refuses them too; `te` it lets through as `trailers` alone. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'])

const SCHEMES: ReadonlySet<string | null> = new Set(['http', 'https'])

class FieldReader {
  method: string | null = null
  scheme: string | null = null
  path: string | null = null
  authority: string | null = null
  host: string | null = null
  length: number | null = null
  expectsContinue = false
  isGrpc = false
  isRefused = false
  readonly fields: string[] = []
  #cookie = -1

  take(name: string, value: string): void {
    if (name.charCodeAt(0) === 58) this.#takePseudo(name, value)
    else if (name === 'cookie') this.#takeCookie(value)
    else this.#takeField(name, value)
  }

  #takePseudo(name: string, value: string): void {
    const isFirst = this.fields.length === 0
    if (name === ':method' && this.method === null) this.method = value
    else if (name === ':scheme' && this.scheme === null) this.scheme = value
    else if (name === ':path' && this.path === null) this.path = value
    else if (name === ':authority' && this.authority === null) this.authority = value
    else this.isRefused = true
    if (!isFirst) this.isRefused = true
  }

  /** RFC 9113 8.2.3: cookies may come in pieces, and HTTP/1.1 has one field of them. */
  #takeCookie(value: string): void {
    if (this.#cookie < 0) this.#cookie = this.fields.push('cookie', value) - 1
    else this.fields[this.#cookie] += `; ${value}`
  }

  #takeField(name: string, value: string): void {
    if (OF_CONNECTION.has(name)) this.isRefused = true
    if (name === 'te' && value.toLowerCase() !== 'trailers') this.isRefused = true
    if (name === 'host') {
      if (this.host !== null) this.isRefused = true
      this.host = value
      return
    }
    if (name === 'content-length') {
      if (this.length !== null) this.isRefused = true
      this.length = readLength(value)
      if (this.length < 0) this.isRefused = true
    }
    if (name === 'expect') this.expectsContinue = value.toLowerCase() === '100-continue'
    if (name === 'content-type') this.isGrpc = value.startsWith('application/grpc')
    this.fields.push(name, value)
  }
}

/** RFC 9113 8.3.1: the one authority; where Host is sent too it has to agree, since the next hop may go by either. */
function readAuthority(reader: FieldReader): string | null {
  const authority = reader.authority ?? reader.host
  if (authority === null || !isAuthority(authority)) return null
  return reader.host !== null && reader.host.toLowerCase() !== authority.toLowerCase() ? null : authority
}

/** RFC 9113 6.5.2: the size of a list of fields is that of names and values, and 32 bytes for each. */
const FIELD_OVERHEAD_BYTES = 32

function refusedSize(raw: readonly string[], limits: ListenerLimits): ErrorCode | null {
  const fields = raw.length / 2
  let bytes = fields * FIELD_OVERHEAD_BYTES
  let pseudo = 0
  for (let at = 0; at < raw.length; at++) bytes += raw[at]?.length ?? 0
  while (raw[2 * pseudo]?.startsWith(':') === true) pseudo += 1
  return bytes > limits.headBytesMax || fields - pseudo > limits.fieldsMax ? 'head_too_large' : null
}

/** Reads the fields of a request as they came, name and value in turn. What nghttp2 has checked already is checked again where HTTP/1.1 would read it otherwise. */
export function readRequestFields(raw: readonly string[], limits: ListenerLimits): Http2Request {
  const reader = new FieldReader()
  for (let at = 0; at + 1 < raw.length; at += 2) reader.take(raw[at] as string, raw[at + 1] as string)
  const { method, path, fields, length } = reader
  const isConnect = method === 'CONNECT'
  const authority = readAuthority(reader)
  const target = path ?? '/'
  if (authority !== null) fields.unshift('host', authority)
  const isWhole = method !== null && authority !== null && (isConnect || (path !== null && SCHEMES.has(reader.scheme) && isMadeOf(path, TARGET)))
  const refused =
    refusedSize(raw, limits) ??
    (target.length > limits.targetBytesMax ? 'uri_too_long' : reader.isRefused || !isWhole ? 'bad_request' : (length ?? 0) > limits.bodyBytesMax ? 'payload_too_large' : null)
  return {
    facts: {
      method: method ?? '',
      target,
      host: authority ?? '',
      httpVersion: '2.0',
      upgrade: null,
      headers: new HeaderList(null, fields),
      expectsContinue: reader.expectsContinue,
    },
    length,
    isGrpc: reader.isGrpc,
    refused,
  }
}
