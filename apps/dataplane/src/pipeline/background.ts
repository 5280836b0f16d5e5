import type { BackgroundRequest } from '@sluice/plugins/contract'
import { AbsentClient } from '../exchange/absent-client.ts'
import { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { UpstreamHead } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import type { CompiledConfig, CompiledRoute, CompiledService } from './compiled.ts'
import { Forwarding } from './forward.ts'

interface BackgroundPlace {
  exchange: Exchange
  route: CompiledRoute
  service: CompiledService
  config: CompiledConfig
  pools: Pools
  nowMs(): number
}

/** Asks an upstream for what no client waits for: balanced, repeated and bounded in time like any request, but told to the watch alone. */
export function askInBackground({ headers, watch }: BackgroundRequest, place: BackgroundPlace): void {
  const { route, service, config, pools } = place
  const client = new AbsentClient()
  const exchange = copyOf(place.exchange, client)
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) exchange.requestHeaders.remove(name)
    else exchange.requestHeaders.set(name, value)
  }
  exchange.watch = watch
  const owner = {
    answerTo: ({ status, reason, headers, length }: UpstreamHead) => ({ status, reason, headers, length }),
    onNoAnswer: () => watch.onEnd(false),
    onBodyRefused: () => watch.onEnd(false),
    onForwarded: () => watch.onEnd(false),
    answerInstead: () => {},
  }
  new Forwarding({ exchange, route, service, config, client, pools, answerBufferBytes: 0, nowMs: place.nowMs }, owner).start()
}

/** The request as plugins made it up to now, to be sent on its own. */
function copyOf(original: Exchange, client: AbsentClient): Exchange {
  const headers = new HeaderList(null, [...original.requestHeaders.entries()].flat())
  const copy = new Exchange({ ...original.head, method: 'GET', headers, upgrade: null, expectsContinue: false }, client)
  const { query, route, service, uriCaptures, matchedPath, consumer, credential, anonymous, authenticatedGroups } = original
  Object.assign(copy.upstream, original.upstream)
  return Object.assign(copy, { query, route, service, uriCaptures, matchedPath, consumer, credential, anonymous, authenticatedGroups })
}
