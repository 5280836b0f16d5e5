import { escapePath } from '@sluice/shared/routing/normalize'
import type { Exchange } from '../exchange/exchange.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import { NameSet } from '../exchange/name-set.ts'

/** RFC 9110 7.6.1 and what Kong removes besides. Connection and Upgrade are written anew. */
const HOP_BY_HOP = new NameSet(['connection', 'keep-alive', 'proxy-connection', 'proxy', 'transfer-encoding', 'upgrade', 'expect', 'te', 'http2-settings'])
/** Fields of the connection in an upstream's answer, and those that are ours to say. `Trailer` is left out by the listener where the client gets none. */
const NOT_ANSWERED = new NameSet([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'x-sluice-upstream-latency',
  'x-sluice-proxy-latency',
  'x-sluice-request-id',
])

const FORWARDED = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-sluice-request-id',
  'via',
  'host',
  'content-length',
]
const IDENTITY = ['x-consumer-id', 'x-consumer-custom-id', 'x-consumer-username', 'x-credential-identifier', 'x-anonymous-consumer']
/** What of a client's fields is written anew, or is for the node alone to say. */
const OURS = new NameSet(FORWARDED)
const OURS_WITH_IDENTITY = new NameSet([...FORWARDED, ...IDENTITY])

const NO_OPTIONS: readonly string[] = []

/** Names that Connection lists, in lower case. */
function connectionOptions(headers: HeaderList): readonly string[] {
  if (!headers.has('connection')) return NO_OPTIONS
  const values = headers.getAll('connection')
  if (values.length === 0 || (values.length === 1 && values[0] === 'keep-alive')) return NO_OPTIONS
  return values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

/** Removes what concerns the client's connection only. Runs before plugins, so that a caller cannot make us drop what a plugin adds. */
export function removeHopByHop(headers: HeaderList): void {
  const keepsTrailers = headers.has('te') && headers.getAll('te').some((value) => /(^|[\s,])trailers($|[\s,;])/i.test(value))
  for (const name of connectionOptions(headers)) if (name !== 'host' && name !== 'content-length') headers.remove(name)
  headers.removeAll(HOP_BY_HOP)
  if (keepsTrailers) headers.set('TE', 'trailers')
}

/** Fields of an upstream's answer without those of its connection. */
export function cleanAnswer(headers: HeaderList, options: readonly string[]): void {
  for (const name of options) if (name !== 'content-length') headers.remove(name)
  headers.removeAll(NOT_ANSWERED)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what would end a line, or is no byte.
const NO_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/

/** The last value that was checked: most requests go to the same few hosts. */
let lastChecked = ''

/** One line of a head. Values of the configuration and of plugins cannot begin a line of their own. */
function line(name: string, value: string): string {
  if (value !== lastChecked && NO_VALUE.test(value)) throw new TypeError(`not a legal value of the field ${name}`)
  lastChecked = value
  return `${name}: ${value}\r\n`
}

const optional = (name: string, value: string | null) => (value === null ? '' : line(name, value))

function identityLines(exchange: Exchange): string {
  const { consumer, credential } = exchange
  // A directory or a token may prove who is no consumer here.
  if (consumer === null) return optional('X-Credential-Identifier', credential?.identifier ?? null)
  return (
    line('X-Consumer-ID', consumer.id) +
    optional('X-Consumer-Custom-ID', consumer.custom_id) +
    optional('X-Consumer-Username', consumer.username) +
    optional('X-Credential-Identifier', credential?.identifier ?? null) +
    (exchange.anonymous ? 'X-Anonymous-Consumer: true\r\n' : '')
  )
}

const COLON = 58
const ZERO = 48
const NINE = 57

/** `host` without its port. */
function withoutPort(host: string): string {
  for (let at = host.length - 1; at > 0; at--) {
    const code = host.charCodeAt(at)
    if (code === COLON) return host.slice(0, at)
    if (code < ZERO || code > NINE) return host
  }
  return host
}

/** X-Forwarded-*: what a trusted proxy in front of us said stays, all else is what we know. */
function forwardedLines(exchange: Exchange, strippedPrefix: string | null): string {
  const { head, requestHeaders } = exchange
  const chain = requestHeaders.has('x-forwarded-for') ? `${requestHeaders.getAll('x-forwarded-for').join(', ')}, ${head.peerIp}` : head.peerIp
  const prefix = strippedPrefix === null ? null : escapePath(strippedPrefix)
  // Addresses, numbers and what the parser has checked need no check.
  if (!head.isPeerTrusted)
    return `X-Forwarded-For: ${chain}\r\nX-Forwarded-Proto: ${head.scheme}\r\nX-Forwarded-Host: ${withoutPort(head.host)}\r\nX-Forwarded-Port: ${head.port}\r\nX-Forwarded-Path: ${head.rawPath}\r\n${prefix === null ? '' : `X-Forwarded-Prefix: ${prefix}\r\n`}X-Real-IP: ${head.clientIp}\r\n`
  const given = (name: string, value: string | null) => optional(name, requestHeaders.get(name) ?? value)
  return (
    line('X-Forwarded-For', chain) +
    given('X-Forwarded-Proto', head.scheme) +
    given('X-Forwarded-Host', withoutPort(head.host)) +
    given('X-Forwarded-Port', String(head.port)) +
    given('X-Forwarded-Path', head.rawPath) +
    given('X-Forwarded-Prefix', prefix) +
    given('X-Real-IP', head.clientIp)
  )
}

/** How long the body is that goes upstream: a number of bytes, `chunked`, or `none` where nobody announced one. */
export type BodyLength = number | 'chunked' | 'none'

export interface UpstreamHeadInput {
  /** Percent-encoded path with query. */
  target: string
  host: string
  strippedPrefix: string | null
  /** The protocol to go on with, or null. */
  upgrade: string | null
  body: BodyLength
}

/** The framing is always written here, whatever the method: a body that went out without any would be read as another request. */
function framingLine(length: BodyLength): string {
  if (length === 'none') return ''
  return length === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: whatever a plugin wrote into the query, a request line has three parts.
const NO_TARGET = /[\x00-\x20\x7f]|[^\x00-\xff]/

/** The head that goes upstream, in Kong's order: ours first, then the client's fields in theirs. One character per byte. */
export function buildUpstreamHead(exchange: Exchange, input: UpstreamHeadInput): string {
  const { requestHeaders, head } = exchange
  // What the client wrote was read as a target; a plugin may have written another path or query.
  if ((exchange.query !== head.query || exchange.upstream.uri !== null) && NO_TARGET.test(input.target)) throw new TypeError('not a legal request target')
  const via = requestHeaders.has('via') ? `${requestHeaders.getAll('via').join(', ')}, ` : ''
  return (
    `${exchange.upstream.method ?? exchange.method} ${input.target} HTTP/1.1\r\nVia: ${via}${head.httpVersion} sluice\r\n${line('Host', input.host)}` +
    (input.upgrade === null ? 'Connection: keep-alive\r\n' : `Connection: keep-alive, Upgrade\r\n${line('Upgrade', input.upgrade)}`) +
    forwardedLines(exchange, input.strippedPrefix) +
    `X-Sluice-Request-Id: ${exchange.id}\r\n` +
    requestHeaders.lines(exchange.consumer === null && exchange.credential === null ? OURS : OURS_WITH_IDENTITY) +
    identityLines(exchange) +
    framingLine(input.body) +
    '\r\n'
  )
}
