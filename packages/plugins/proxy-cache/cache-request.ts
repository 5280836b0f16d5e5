import type { PluginExchange } from '../contract.ts'
import type { Wishes } from './answers.ts'
import { type Directives, NO_DIRECTIVES, parseCacheControl } from './cache-control.ts'
import { conditionsOf } from './conditions.ts'
import type { StoredParts } from './stored-answer.ts'

const PRAGMA_NO_CACHE = parseCacheControl(['no-cache'])

/** What a request says of caches: Cache-Control, or Pragma where there is none (RFC 9111 5.4). */
export function requestDirectives({ requestHeaders }: PluginExchange, isFollowed: boolean): Directives {
  if (!isFollowed) return NO_DIRECTIVES
  if (requestHeaders.has('cache-control')) return parseCacheControl(requestHeaders.getAll('cache-control'))
  return requestHeaders.has('pragma') && parseCacheControl(requestHeaders.getAll('pragma')).has('no-cache') ? PRAGMA_NO_CACHE : NO_DIRECTIVES
}

/** A request that may be answered by the cache. */
export interface CacheRequest {
  exchange: PluginExchange
  key: string
  directives: Directives
  wishes: Wishes
  /** From before it went upstream: what is invalidated meanwhile is not kept. */
  generations: StoredParts['generations']
  startedAtMs: number
  /** Its answer may be kept: it is no HEAD, and asks for no part. */
  isStorable: boolean
}

export function wishesOf({ method, requestHeaders }: PluginExchange): Wishes {
  return {
    isHead: method === 'HEAD',
    conditions: conditionsOf(requestHeaders),
    // RFC 9110 14.2: Range has a meaning for GET alone.
    range: method === 'GET' ? requestHeaders.get('range') : null,
    ifRange: requestHeaders.get('if-range'),
  }
}
