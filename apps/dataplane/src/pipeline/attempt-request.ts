import { escapePath } from '@sluice/shared/routing/normalize'
import { buildUpstreamPath } from '@sluice/shared/routing/upstream-path'
import type { Target } from '../balancer/target.ts'
import type { ClientSide } from '../exchange/client-side.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { AttemptRequest } from '../upstream/attempt.ts'
import type { CompiledRoute, CompiledService, CompiledUpstream } from './compiled.ts'
import { type BodyLength, buildUpstreamHead } from './upstream-head.ts'

/** What goes upstream, whoever gets it. */
interface Forwarded {
  exchange: Exchange
  route: CompiledRoute
  service: CompiledService
  client: ClientSide
}

/** Who gets it. */
interface Addressee {
  target: Target
  /** Where the target is one of an upstream. */
  upstream: CompiledUpstream | null
  reusesConnection: boolean
}

const withoutBrackets = (host: string) => (host.startsWith('[') ? host.replace(/^\[|\]$/g, '') : host)
const PORT = /:\d+$/

/** Methods whose content nobody expects. With others a missing length is written as one of nothing (RFC 9110 8.6 asks for it). */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** The Host field upstream, as Kong chooses it. */
function hostHeader({ exchange, route, service }: Forwarded, { target, upstream }: Addressee): string {
  if (exchange.upstream.hostHeader !== null) return exchange.upstream.hostHeader
  if (route.preserveHost) return exchange.host
  const usual = service.scheme === 'https' ? 443 : 80
  const own = upstream?.hostHeader ?? null
  if (own === null) return target.port === usual ? target.authority : target.address
  return target.port === usual || PORT.test(own) ? own : `${own}:${target.port}`
}

function bodyLength({ exchange, client }: Forwarded): BodyLength {
  if (exchange.heldBody !== null) return exchange.heldBody.byteLength
  if (client.present) return client.length ?? 'chunked'
  return exchange.requestHeaders.has('content-length') || !WITHOUT_CONTENT.has(exchange.upstream.method ?? exchange.method) ? 0 : 'none'
}

/** The request that one target gets. */
export function attemptRequest(forwarded: Forwarded, addressee: Addressee): AttemptRequest {
  const { exchange, route, service, client } = forwarded
  const { target } = addressee
  const { upstream } = exchange
  const path = buildUpstreamPath({
    requestPath: exchange.path,
    matchedPath: exchange.matchedPath,
    stripPath: route.stripPath,
    servicePath: upstream.path ?? service.path,
  })
  const { upgrade } = exchange.head
  const host = hostHeader(forwarded, addressee)
  const body = bodyLength(forwarded)
  const escaped = escapePath(upstream.uri ?? path.path)
  const held = exchange.heldBody
  return {
    host: target.host,
    port: target.port,
    address: target.address,
    protocol: service.protocol,
    method: upstream.method ?? exchange.method,
    head: buildUpstreamHead(exchange, { target: exchange.query === null ? escaped : `${escaped}?${exchange.query}`, host, strippedPrefix: path.strippedPrefix, upgrade, body }),
    tls: service.tls === null ? null : service.tls(withoutBrackets(host.replace(PORT, ''))),
    connectTimeoutMs: upstream.connectTimeoutMs ?? service.connectTimeoutMs,
    readTimeoutMs: upstream.readTimeoutMs ?? service.readTimeoutMs,
    writeTimeoutMs: upstream.sendTimeoutMs ?? service.writeTimeoutMs,
    body: held !== null ? Buffer.from(held.buffer, held.byteOffset, held.byteLength) : client.present ? 'stream' : 'none',
    isChunked: body === 'chunked',
    upgrade,
    reusesConnection: addressee.reusesConnection,
  }
}
