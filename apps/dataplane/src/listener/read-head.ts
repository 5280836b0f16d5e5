import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ErrorCode } from '@sluice/shared/errors'
import { hasWholeEscapes, leavesRoot, normalizePath } from '@sluice/shared/routing/normalize'
import type { RequestHead } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import { LISTENER_LIMITS } from './limits.ts'
import { hasBody } from './request-body.ts'

/** Whose forwarding headers are believed, and which of them names the client. */
export interface RealIpSettings {
  trusted: BlockList
  header: string
  recursive: boolean
}

export interface ConnectionState {
  id: number
  requests: number
  /** A request was refused, and its answer closes: what follows on the connection may be a part of it and is no request (RFC 9112 9.6, 11.2). */
  isRefused: boolean
}

const withoutMapping = (address: string) => (address.startsWith('::ffff:') ? address.slice(7) : address)

function isTrusted(settings: RealIpSettings, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && settings.trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** The client's address: the peer, or what a trusted peer says. With `recursive` trusted addresses in the chain are passed over from the right. */
export function clientAddress(peer: string, headers: HeaderList, settings: RealIpSettings): string {
  if (!isTrusted(settings, peer)) return peer
  const chain = headers
    .getAll(settings.header)
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => isIP(text) !== 0)
  if (chain.length === 0) return peer
  if (!settings.recursive) return chain.at(-1) ?? peer
  return chain.findLast((address) => !isTrusted(settings, address)) ?? chain[0] ?? peer
}

interface Target {
  path: string
  query: string | null
  authority: string | null
}

/** origin-form, or absolute-form whose authority then is the Host (RFC 9112 3.2.2); anything else is null. */
function readTarget(url: string): Target | null {
  const absolute = /^https?:\/\/([^/?]+)(.*)$/i.exec(url)
  let rest = absolute === null ? url : (absolute[2] ?? '')
  // RFC 9110 4.2.3: an empty path in an absolute target is `/`.
  if (absolute !== null && (rest === '' || rest.startsWith('?'))) rest = `/${rest}`
  if (!rest.startsWith('/')) return null
  const mark = rest.indexOf('?')
  return { path: mark < 0 ? rest : rest.slice(0, mark), query: mark < 0 ? null : rest.slice(mark + 1), authority: absolute?.[1] ?? null }
}

const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes, spaces and fragments (RFC 9112 3.2) in a target have no legal reading.
const ILLEGAL_IN_TARGET = /[\x00-\x20#\x7f]|%00/

function refusedTarget(url: string, target: Target | null): ErrorCode | null {
  if (url.length > LISTENER_LIMITS.targetBytesMax) return 'uri_too_long'
  if (target === null || ILLEGAL_IN_TARGET.test(url) || !hasWholeEscapes(target.path) || leavesRoot(target.path)) return 'bad_request'
  return target.authority !== null && !HOST.test(target.authority) ? 'bad_request' : null
}

/** Fields that frame or address a message: one that `Connection` names would mean something else on each side of us. */
const FRAMING = new Set(['content-length', 'host', 'transfer-encoding'])

/** RFC 9112 6: the length of a body has one reading, or the request is refused. */
function refusedFraming(request: IncomingMessage, isUpgrade: boolean): ErrorCode | null {
  const { headers } = request
  // Beyond that a number is not the one that was sent, and the length that goes upstream would be another.
  if (Number(headers['content-length'] ?? 0) > Number.MAX_SAFE_INTEGER) return 'bad_request'
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    if (request.httpVersion === '1.0' || headers['content-length'] !== undefined) return 'bad_request'
    if (coding.toLowerCase() !== 'chunked') return 'unknown_transfer_coding'
  }
  // A body in front of the bytes of an upgraded connection has no sender that means it.
  if (isUpgrade && hasBody(request)) return 'bad_request'
  const named = headers.connection?.toLowerCase().split(',') ?? []
  return named.some((name) => FRAMING.has(name.trim())) ? 'bad_request' : null
}

function refusal(request: IncomingMessage, target: Target | null, hosts: readonly string[], isUpgrade: boolean): ErrorCode | null {
  if (request.httpVersionMajor !== 1 || request.httpVersionMinor > 1) return 'http_version_unsupported'
  if (request.method === 'TRACE') return 'method_not_allowed'
  if (request.rawHeaders.length > LISTENER_LIMITS.fieldsMax * 2) return 'head_too_large'
  if (hosts.length > 1 || (hosts.length === 0 && request.httpVersion !== '1.0')) return 'bad_request'
  if (hosts[0] !== undefined && !HOST.test(hosts[0])) return 'bad_request'
  return refusedTarget(request.url ?? '', target) ?? refusedFraming(request, isUpgrade)
}

export interface ReadHeadInput {
  request: IncomingMessage
  connection: ConnectionState
  realIp: RealIpSettings
  nowMs: number
  isUpgrade: boolean
}

/** Makes the head of an exchange from what Node.js parsed, or names why the request is refused, and with it what follows on the connection. */
export function readHead(input: ReadHeadInput): { head: RequestHead; refused: ErrorCode | null } {
  const { request, connection, realIp } = input
  const headers = new HeaderList(request.rawHeaders)
  const hosts = headers.getAll('host')
  const target = readTarget(request.url ?? '')
  const refused = refusal(request, target, hosts, input.isUpgrade)
  if (refused !== null) connection.isRefused = true
  const { socket } = request
  const peerIp = withoutMapping(socket.remoteAddress ?? '')
  const isTls = socket instanceof TLSSocket
  const isPeerTrusted = isTrusted(realIp, peerIp)
  const clientIp = clientAddress(peerIp, headers, realIp)
  return {
    refused,
    head: {
      id: randomBytes(16).toString('hex'),
      startedAtMs: input.nowMs,
      method: request.method ?? 'GET',
      path: refused === null && target !== null ? normalizePath(target.path) : (target?.path ?? '/'),
      rawPath: target?.path ?? '/',
      query: target?.query ?? null,
      scheme: isTls ? 'https' : 'http',
      host: target?.authority ?? hosts[0] ?? '',
      port: socket.localPort ?? 0,
      sni: isTls && typeof socket.servername === 'string' ? socket.servername : null,
      clientIp,
      clientPort: socket.remotePort ?? 0,
      peerIp,
      isPeerTrusted,
      connection: { id: connection.id, requests: connection.requests },
      headers,
      upgrade: input.isUpgrade ? 'websocket' : null,
      httpVersion: request.httpVersion,
    },
  }
}
