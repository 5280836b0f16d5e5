import { STATUS_CODES } from 'node:http'
import type { PluginReply, StoredReply } from '@sluice/plugins/contract'
import { ERRORS, type ErrorCode } from '@sluice/shared/errors'
import type { ClientSide } from '../exchange/client-side.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { ChainPlugin } from './compiled.ts'
import { errorPage } from './error-page.ts'
import { type GrpcMisfit, grpcFields, isGrpc } from './grpc.ts'
import { rewriteBody } from './held-answer.ts'

/** What every response needs besides the exchange. */
export interface Responder {
  client: ClientSide
  nowMs(): number
  onPluginError(plugin: ChainPlugin, error: unknown): void
}

/** Runs the response phase over `headers`; a plugin that throws is logged and left out. */
export function runResponsePhase(exchange: Exchange, headers: HeaderList, chain: readonly ChainPlugin[], responder: Pick<Responder, 'onPluginError'>): void {
  // What plugins set before there was a response goes over the upstream's.
  exchange.responseHeaders.putOnto(headers)
  exchange.responseHeaders = headers
  for (const plugin of chain) {
    if (plugin.instance.onResponse === undefined) continue
    try {
      plugin.instance.onResponse(exchange)
    } catch (error) {
      responder.onPluginError(plugin, error)
    }
  }
}

function elapsed(exchange: Exchange, responder: Responder): number {
  return Math.max(0, Math.round(responder.nowMs() - exchange.head.startedAtMs))
}

export interface OwnReply {
  status: number
  headers: [string, string][]
  body: string | null
  /** What it says: for a gRPC client in place of the body, and for plugins that write another one. */
  message?: string
}

/** Fields of a reply to a gRPC client that would speak of a body which is not sent. */
const OF_BODY = new Set(['content-type', 'content-length', 'connection', 'upgrade'])

/** The same reply for a gRPC client: its end is all that there is of it, and HTTP's status is always 200. */
function trailersOnly(reply: OwnReply): OwnReply {
  if (reply.headers.some(([name]) => name.toLowerCase() === 'grpc-status')) return reply
  const message = reply.message ?? STATUS_CODES[reply.status] ?? ''
  return { status: 200, headers: [...reply.headers.filter(([name]) => !OF_BODY.has(name.toLowerCase())), ...grpcFields(reply.status, message)], body: null }
}

/** Sends an answer of the gateway itself: own headers, then the response phase of the plugins. Log and metrics keep the status that a gRPC client does not see. */
export function sendOwn(exchange: Exchange, own: OwnReply, chain: readonly ChainPlugin[], responder: Responder): void {
  exchange.replied = true
  exchange.responseStatus = own.status
  const isCall = isGrpc(exchange)
  const reply = isCall ? trailersOnly(own) : own
  const headers = new HeaderList()
  headers.add('Date', new Date(responder.nowMs()).toUTCString())
  for (const [name, value] of reply.headers) headers.add(name, value)
  const written = reply.body === null ? null : Buffer.from(reply.body)
  if (reply.status !== 204 && reply.status !== 304 && !isCall) headers.set('Content-Length', String(written?.byteLength ?? 0))
  headers.set('Server', 'sluice')
  // An answer that was withdrawn may have asked for this already.
  exchange.rewriting = null
  exchange.dropsBody = false
  runResponsePhase(exchange, headers, chain, responder)
  const body = exchange.dropsBody ? withoutBody(exchange) : rewriteOwn(exchange, written)
  if (isFailedAttempt(exchange, own.status)) {
    exchange.responseHeaders.set('X-Sluice-Upstream-Latency', String(exchange.upstreamLatencyMs))
    exchange.responseHeaders.set('X-Sluice-Proxy-Latency', String(Math.max(0, elapsed(exchange, responder) - Number(exchange.upstreamLatencyMs))))
    exchange.responseHeaders.set('Via', '1.1 sluice')
  } else exchange.responseHeaders.set('X-Sluice-Response-Latency', String(elapsed(exchange, responder)))
  exchange.responseHeaders.set('X-Sluice-Request-Id', exchange.id)
  exchange.bytesOut = body?.byteLength ?? 0
  exchange.end()
  responder.client.reply(reply.status, exchange.responseHeaders, exchange.method === 'HEAD' ? null : body)
}

function withoutBody({ responseHeaders }: Exchange): null {
  if (responseHeaders.has('content-length')) responseHeaders.set('Content-Length', '0')
  return null
}

function rewriteOwn(exchange: Exchange, body: Buffer | null): Buffer | null {
  if (body === null || exchange.rewriting === null) return body
  const rewritten = rewriteBody(body, exchange.rewriting)
  exchange.responseHeaders.set('Content-Length', String(rewritten.byteLength))
  return rewritten
}

/** 502 and 504 after an attempt look like nginx's error pages in Kong; every other reply is one of the gateway alone. */
function isFailedAttempt(exchange: Exchange, status: number): boolean {
  return exchange.upstreamLatencyMs !== null && (status === 502 || status === 504)
}

function ownErrorReply(exchange: Exchange, input: { status: number; message: string; headers: [string, string][]; fallback: string | null }): OwnReply {
  const page = errorPage({ message: input.message, requestId: exchange.id, accept: exchange.requestHeaders.get('accept'), fallback: input.fallback })
  return { status: input.status, headers: [['Content-Type', page.contentType], ...input.headers], body: page.body, message: input.message }
}

/** An error of the table. After failed attempts the type follows the request's Content-Type, else text/plain, as nginx's error page in Kong. */
export function errorReply(exchange: Exchange, code: ErrorCode, headers: [string, string][] = []): OwnReply {
  const { status, message } = ERRORS[code]
  const fallback = isFailedAttempt(exchange, status) ? (exchange.requestHeaders.get('content-type') ?? 'text/plain') : null
  return ownErrorReply(exchange, { status, message, headers, fallback })
}

/** The answer to a request that a gRPC route does not take. */
export function misfitReply(exchange: Exchange, misfit: GrpcMisfit): OwnReply {
  const { status, message, headers } = misfit
  return misfit.isTrailersOnly ? { status, headers, body: null } : ownErrorReply(exchange, { status, message, headers, fallback: null })
}

/** A plugin's reply in the form that is sent. */
export function pluginReply(exchange: Exchange, reply: Exclude<PluginReply, StoredReply>): OwnReply {
  const headers = Object.entries(reply.headers ?? {})
  switch (reply.kind) {
    case 'error':
      return ownErrorReply(exchange, { status: reply.status, message: reply.message, headers, fallback: null })
    case 'json':
      return {
        status: reply.status,
        headers: [['Content-Type', 'application/json; charset=utf-8'], ...headers],
        body: JSON.stringify(reply.body),
        ...(typeof reply.body.message === 'string' ? { message: reply.body.message } : {}),
      }
    case 'raw':
      return { status: reply.status, headers: [...(reply.contentType === null ? [] : ([['Content-Type', reply.contentType]] as [string, string][])), ...headers], body: reply.body }
  }
}

/** Completes the head of an upstream's answer; what the upstream itself said under our names was taken off it before. */
export function finishUpstreamHead(exchange: Exchange, responder: Responder): void {
  const headers = exchange.responseHeaders
  if (!headers.has('server')) headers.append('Server', 'sluice')
  if (headers.has('via')) headers.set('Via', `${headers.getAll('via').join(', ')}, 1.1 sluice`)
  else headers.append('Via', '1.1 sluice')
  const upstreamLatencyMs = exchange.upstreamLatencyMs ?? 0
  headers.append('X-Sluice-Upstream-Latency', String(upstreamLatencyMs))
  headers.append('X-Sluice-Proxy-Latency', String(Math.max(0, elapsed(exchange, responder) - upstreamLatencyMs)))
  headers.append('X-Sluice-Request-Id', exchange.id)
}

/** The page that nginx, and so Kong, sends with a redirect. */
export function redirectReply(status: number, location: string): OwnReply {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`
  return {
    status,
    headers: [
      ['Content-Type', 'text/html'],
      ['Location', location],
    ],
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>sluice</center>\r\n</body>\r\n</html>\r\n`,
  }
}
