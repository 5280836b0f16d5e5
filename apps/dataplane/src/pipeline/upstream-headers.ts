import { escapePath } from '@sluice/shared/routing/normalize'
import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'

/** RFC 9110 7.6.1 and what Kong removes besides. Connection and Upgrade are written anew. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy', 'transfer-encoding', 'upgrade', 'expect', 'te']
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

/** Names that Connection lists, in lower case. */
export function connectionOptions(headers: HeaderList): string[] {
  return headers
    .getAll('connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

/** Removes what concerns the client's connection only. Runs before plugins, so that a caller cannot make us drop what a plugin adds. */
export function removeHopByHop(headers: HeaderList): void {
  const keepsTrailers = headers.getAll('te').some((value) => /(^|[\s,])trailers($|[\s,;])/i.test(value))
  for (const name of connectionOptions(headers)) if (name !== 'host' && name !== 'content-length') headers.remove(name)
  for (const name of HOP_BY_HOP) headers.remove(name)
  if (keepsTrailers) headers.set('TE', 'trailers')
}

function identity(exchange: Exchange): [string, string][] {
  const { consumer, credential } = exchange
  if (consumer === null) return []
  const pairs: [string, string | null][] = [
    ['X-Consumer-ID', consumer.id],
    ['X-Consumer-Custom-ID', consumer.custom_id],
    ['X-Consumer-Username', consumer.username],
    ['X-Credential-Identifier', credential?.identifier ?? null],
    ['X-Anonymous-Consumer', exchange.anonymous ? 'true' : null],
  ]
  return pairs.filter((pair): pair is [string, string] => pair[1] !== null)
}

const IDENTITY = ['x-consumer-id', 'x-consumer-custom-id', 'x-consumer-username', 'x-credential-identifier', 'x-anonymous-consumer']

function forwarded(exchange: Exchange, strippedPrefix: string | null): [string, string][] {
  const { head, requestHeaders } = exchange
  const given = (name: string) => (head.isPeerTrusted ? requestHeaders.get(name) : null)
  const chain = [...requestHeaders.getAll('x-forwarded-for'), head.peerIp].join(', ')
  const pairs: [string, string | null][] = [
    ['X-Forwarded-For', chain],
    ['X-Forwarded-Proto', given('x-forwarded-proto') ?? head.scheme],
    ['X-Forwarded-Host', given('x-forwarded-host') ?? head.host.replace(/:\d+$/, '')],
    ['X-Forwarded-Port', given('x-forwarded-port') ?? String(head.port)],
    ['X-Forwarded-Path', given('x-forwarded-path') ?? head.rawPath],
    ['X-Forwarded-Prefix', given('x-forwarded-prefix') ?? (strippedPrefix === null ? null : escapePath(strippedPrefix))],
    ['X-Real-IP', given('x-real-ip') ?? head.clientIp],
  ]
  return pairs.filter((pair): pair is [string, string] => pair[1] !== null)
}

/** How long the body is that goes upstream: a number of bytes, `chunked`, or `none` where nobody announced one. */
export type BodyLength = number | 'chunked' | 'none'

export interface UpstreamHead {
  host: string
  strippedPrefix: string | null
  isUpgrade: boolean
  body: BodyLength
}

/** The framing is always written here, whatever the method: a body that went out without any would be read as another request. */
function framing(length: BodyLength): string[] {
  if (length === 'none') return []
  return length === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(length)]
}

/** The head that goes upstream, in Kong's order: ours first, then the client's fields in theirs. */
export function buildUpstreamHeaders(exchange: Exchange, input: UpstreamHead): string[] {
  const via = [...exchange.requestHeaders.getAll('via'), `${exchange.head.httpVersion} sluice`].join(', ')
  const ours: [string, string][] = [
    ['Via', via],
    ['Host', input.host],
    ['Connection', input.isUpgrade ? 'keep-alive, Upgrade' : 'keep-alive'],
    ...(input.isUpgrade ? ([['Upgrade', 'websocket']] as [string, string][]) : []),
    ...forwarded(exchange, input.strippedPrefix),
    ['X-Sluice-Request-Id', exchange.id],
  ]
  const dropped = new Set([...FORWARDED, ...(exchange.consumer === null ? [] : IDENTITY)])
  const raw: string[] = ours.flat()
  for (const [name, value] of exchange.requestHeaders.entries()) if (!dropped.has(name.toLowerCase())) raw.push(name, value)
  for (const pair of identity(exchange)) raw.push(...pair)
  raw.push(...framing(input.body))
  return raw
}

/** Fields of an upstream's answer without those of its connection. `Trailer` goes too: trailers are not relayed. */
export function cleanResponseHeaders(raw: string[]): HeaderList {
  const headers = new HeaderList(raw)
  for (const name of connectionOptions(headers)) if (name !== 'content-length') headers.remove(name)
  for (const name of ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer']) headers.remove(name)
  return headers
}
