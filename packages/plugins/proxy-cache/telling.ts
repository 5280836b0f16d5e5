import type { PluginExchange } from '../contract.ts'
import type { CacheSettings } from './settings.ts'

export type CacheWord = 'Hit' | 'Miss' | 'Refresh' | 'Bypass'

/** Why a request went upstream, as RFC 9211 2.2 calls it. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'stale' | 'request'

export interface Told {
  word: CacheWord
  /** RFC 9211, behind the name of the cache: such as `hit; ttl=30`. */
  detail: string
  /** What caches behind us said. */
  before?: readonly string[]
  /** Seconds, for an answer that was kept. */
  ageS?: number
}

/** Says in fields of the answer what the cache did. */
export function tell(exchange: PluginExchange, settings: CacheSettings, { word, detail, before = [], ageS }: Told): void {
  const { response_headers: shown } = settings
  const { responseHeaders } = exchange
  if (shown['X-Cache-Status']) responseHeaders.set('X-Cache-Status', word)
  if (shown['Cache-Status']) responseHeaders.set('Cache-Status', [...before, `sluice; ${detail}`].join(', '))
  if (ageS !== undefined && (shown.age || settings.cache_control)) responseHeaders.set('Age', String(Math.floor(ageS)))
}
