import { randomFillSync } from 'node:crypto'
import { type BlockList, isIP } from 'node:net'
import type { ClientCertificate } from '@sluice/plugins/contract'
import type { ErrorCode } from '@sluice/shared/errors'
import { hasWholeEscapes, isPlainPath, leavesRoot, normalizePath } from '@sluice/shared/routing/normalize'
import type { RequestHead } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import { fieldNameOf } from '../http1/field-name.ts'
import type { Head } from '../http1/head.ts'

/** Whose forwarding headers are believed, and which of them names the client. */
export interface RealIpSettings {
  trusted: BlockList
  header: string
  recursive: boolean
}

/** What is known of a connection before its first request. */
export interface ConnectionFacts {
  id: number
  /** Address of the peer, without the mapping of IPv4 into IPv6. */
  peerIp: string
  peerPort: number
  localPort: number
  isPeerTrusted: boolean
  scheme: 'http' | 'https'
  sni: string | null
  clientCertificate: ClientCertificate | null
}

export const withoutMapping = (address: string) => (address.startsWith('::ffff:') ? address.slice(7) : address)

export function isTrusted(settings: RealIpSettings, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && settings.trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** What a trusted peer says of the client's address. With `recursive` trusted addresses in the chain are passed over from the right. */
export function clientAddress(peer: string, headers: HeaderList, settings: RealIpSettings): string {
  const chain = headers
    .getAll(settings.header)
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => isIP(text) !== 0)
  if (chain.length === 0) return peer
  if (!settings.recursive) return chain.at(-1) ?? peer
  return chain.findLast((address) => !isTrusted(settings, address)) ?? chain[0] ?? peer
}

const ID_BYTES = 16
/** Random bytes for ids are drawn for many requests at once: one call of the generator costs more than a request's parsing. */
const pool = Buffer.allocUnsafeSlow(ID_BYTES * 512)
let used = pool.byteLength

/** 32 lower-case hex digits that nobody can guess. */
export function makeRequestId(): string {
  if (used === pool.byteLength) {
    randomFillSync(pool)
    used = 0
  }
  used += ID_BYTES
  return pool.toString('hex', used - ID_BYTES, used)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes, blanks and what is not ASCII have no legal reading in a target.
const ILLEGAL_IN_TARGET = /[\x00-\x20\x7f-\uffff]/

/** The path as it was sent: of an absolute target what follows the authority, at least `/` (RFC 9110 4.2.3). */
function splitTarget(text: string): { path: string; query: string | null } {
  const mark = text.indexOf('?')
  if (mark < 0) return { path: text === '' ? '/' : text, query: null }
  return { path: mark === 0 ? '/' : text.slice(0, mark), query: text.slice(mark + 1) }
}

/** Why a path cannot be routed, or null: escapes that are none, NUL, and dot segments that leave the root. */
export function refusedPath(path: string): ErrorCode | null {
  if (path.charCodeAt(0) !== 47 || ILLEGAL_IN_TARGET.test(path)) return 'bad_request'
  if (path.includes('%') && (!hasWholeEscapes(path) || path.includes('%00'))) return 'bad_request'
  return leavesRoot(path) ? 'bad_request' : null
}

const COMMON_METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])

/** As nginx's: methods are told apart by case (RFC 9110 9.1), and what is nearly GET to an upstream must be none here. */
const METHOD = /^[A-Z][A-Z_-]*$/

function refusedMethod(method: string): ErrorCode | null {
  if (COMMON_METHODS.has(method)) return null
  if (method === 'TRACE' || method === 'CONNECT') return 'method_not_allowed'
  return METHOD.test(method) ? null : 'bad_request'
}

/** What a request says of itself, whatever its version of HTTP. */
export interface RequestFacts {
  method: string
  /** Path with query, without authority. */
  target: string
  /** Authority with port; '' where there is none. */
  host: string
  httpVersion: string
  /** The protocol that the client would go on with, as it is passed on; null where it asked for none that is relayed. */
  upgrade: string | null
  headers: HeaderList
  expectsContinue: boolean
}

/** Makes the head of an exchange, or names why the request is refused. */
export function makeRequestHead(
  facts: RequestFacts,
  connection: ConnectionFacts,
  input: { nowMs: number; requests: number; realIp: RealIpSettings },
): { head: RequestHead; refused: ErrorCode | null } {
  const { path, query } = splitTarget(facts.target)
  const isPlain = isPlainPath(path)
  const refused = refusedMethod(facts.method) ?? (isPlain ? null : refusedPath(path)) ?? (query?.includes('%00') ? 'bad_request' : null)
  const { headers } = facts
  return {
    refused,
    head: {
      id: makeRequestId(),
      startedAtMs: input.nowMs,
      method: facts.method,
      path: refused === null && !isPlain ? normalizePath(path) : path,
      rawPath: path,
      query,
      scheme: connection.scheme,
      host: facts.host,
      port: connection.localPort,
      sni: connection.sni,
      clientIp: connection.isPeerTrusted ? clientAddress(connection.peerIp, headers, input.realIp) : connection.peerIp,
      clientPort: connection.peerPort,
      peerIp: connection.peerIp,
      isPeerTrusted: connection.isPeerTrusted,
      connection: { id: connection.id, requests: input.requests },
      clientCertificate: connection.clientCertificate,
      headers,
      upgrade: facts.upgrade,
      httpVersion: facts.httpVersion,
      expectsContinue: facts.expectsContinue,
    },
  }
}

const UPGRADE = fieldNameOf('upgrade')
/** RFC 9110 7.8: one protocol with or without its version. A list leaves the choice to the origin, which of us nobody could check. */
const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?$/
/** Other versions of HTTP, in which requests would pass that nobody has looked at, and TLS, which ends here. */
const NOT_RELAYED = /^(?:h2c?|http|tls)(?:\/|$)/i

/** The upgrade that is relayed; a request with any other is an ordinary one, without its Upgrade. */
function relayedUpgrade(head: Head): string | null {
  if (!head.hasUpgrade || head.indexOf(UPGRADE, head.indexOf(UPGRADE) + 1) >= 0) return null
  const wanted = head.get(UPGRADE.lower) ?? ''
  // RFC 6455 4.1: with GET. A body in front of its bytes is refused by whoever asks for the body.
  if (wanted.toLowerCase() === 'websocket') return head.method === 'GET' ? 'websocket' : null
  const hasBody = head.isChunked || head.contentLength > 0
  return hasBody || !PROTOCOL.test(wanted) || NOT_RELAYED.test(wanted) ? null : wanted
}

/** The facts of an HTTP/1.x head. */
export function factsOf(head: Head): RequestFacts {
  return {
    method: head.method,
    target: head.pathStart === 0 ? head.target : head.target.slice(head.pathStart),
    host: head.form === 'absolute' ? head.authority : head.host,
    httpVersion: head.minorVersion === 1 ? '1.1' : '1.0',
    upgrade: relayedUpgrade(head),
    headers: new HeaderList(head),
    expectsContinue: head.expectsContinue,
  }
}

/** Why the body that a head announces is not taken, or null. One in front of the bytes of an upgraded connection has no sender that means it. */
export function refusedBody(head: Head, facts: RequestFacts, bytesMax: number): ErrorCode | null {
  if (head.contentLength > bytesMax) return 'payload_too_large'
  return facts.upgrade !== null && (head.isChunked || head.contentLength > 0) ? 'bad_request' : null
}

/** What is told of a request whose head has no reading. */
export function unreadableFacts(): RequestFacts {
  return { method: '', target: '/', host: '', httpVersion: '1.1', upgrade: null, headers: new HeaderList(), expectsContinue: false }
}
