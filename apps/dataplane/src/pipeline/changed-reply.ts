import { STATUS_CODES } from 'node:http'
import type { GatewayReply } from '@sluice/plugins/contract'
import type { ErrorCode } from '@sluice/shared/errors'
import type { Exchange } from '../exchange/exchange.ts'
import type { ChainPlugin } from './compiled.ts'
import { isGrpc } from './grpc.ts'
import type { OwnReply, Responder } from './respond.ts'

const CONTENT_TYPE = 'content-type'

function originOf(error: ErrorCode | null): GatewayReply['origin'] {
  if (error === null) return 'plugin'
  if (error === 'route_not_found') return 'no_route'
  return error === 'plugin_failed' || error === 'internal' ? 'unexpected' : 'gateway'
}

/** A reply as the plugins of the chain would have it. One that throws is logged and left out: an error must reach the client. */
export function changedReply(
  exchange: Exchange,
  given: { reply: OwnReply; error: ErrorCode | null },
  chain: readonly ChainPlugin[],
  responder: Pick<Responder, 'onPluginError'>,
): OwnReply {
  let { reply } = given
  for (const plugin of chain) {
    if (plugin.instance.onReply === undefined || isGrpc(exchange)) continue
    try {
      const { status, headers, body, message } = reply
      const change = plugin.instance.onReply(exchange, {
        status,
        reason: STATUS_CODES[status] ?? '',
        message: message ?? null,
        contentType: headers.find(([name]) => name.toLowerCase() === CONTENT_TYPE)?.[1] ?? null,
        body,
        origin: originOf(given.error),
      })
      if (change === undefined) continue
      const set = new Set([CONTENT_TYPE, ...change.headers.map(([name]) => name.toLowerCase())])
      reply = {
        ...reply,
        status: change.status,
        headers: [['Content-Type', change.contentType], ...headers.filter(([name]) => !set.has(name.toLowerCase())), ...change.headers],
        body: change.body,
      }
    } catch (error) {
      responder.onPluginError(plugin, error)
    }
  }
  return reply
}
