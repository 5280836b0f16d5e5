import type { StoredReply } from '@sluice/plugins/contract'
import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { ChainPlugin } from './compiled.ts'
import { rewriteBody } from './held-answer.ts'
import { finishUpstreamHead, type Responder, runResponsePhase } from './respond.ts'

/** Sends an answer that a plugin kept: the response phase runs over it as over one that has just come, and it has the fields of one. */
export function sendStored(exchange: Exchange, reply: StoredReply, chain: readonly ChainPlugin[], responder: Responder): void {
  exchange.responseStatus = reply.status
  exchange.rewriting = null
  const headers = new HeaderList()
  for (const [name, value] of reply.fields) headers.append(name, value)
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers.set(name, value)
  const stored = reply.body === null ? null : Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.byteLength)
  if (stored !== null) headers.set('Content-Length', String(stored.byteLength))
  runResponsePhase(exchange, headers, chain, responder)
  const body = stored === null || exchange.rewriting === null ? stored : rewriteBody(stored, exchange.rewriting)
  if (body !== stored && body !== null) exchange.responseHeaders.set('Content-Length', String(body.byteLength))
  finishUpstreamHead(exchange, responder)
  const isHead = exchange.method === 'HEAD'
  exchange.bytesOut = isHead ? 0 : (body?.byteLength ?? 0)
  exchange.end()
  responder.client.reply(exchange.responseStatus, exchange.responseHeaders, isHead ? null : body)
}
