import type { WatchedHead } from '../contract.ts'
import type { Directives } from './cache-control.ts'
import { validatorsOf } from './conditions.ts'
import { FieldList, type ReadFields } from './field-list.ts'
import { effectiveDirectives, initialAgeS, lifetimeS, type Times } from './freshness.ts'
import type { CacheSettings } from './settings.ts'
import type { Field, StoredAnswer, StoredParts } from './stored-answer.ts'
import { varyNames, varyValues } from './vary.ts'

/** RFC 9111 3.1: fields of the connection or of a proxy. Age is computed anew; a length is told with the body. */
const NEVER_KEPT = new Set([
  'age',
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Fields of one request alone, which a cache in front of us or another plugin wrote. */
const OF_ONE_REQUEST = /^(?:x-cache-status|x-cache-key|x-ratelimit-.*|ratelimit-.*)$/
/** RFC 9111 3: statuses whose caching is understood here; `must-understand` lets these alone be kept. */
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 421, 451, 500, 501, 502, 503, 504])

export interface StoringInput extends Times {
  head: Pick<WatchedHead, 'status'> & { headers: ReadFields }
  /** The request as it went upstream. */
  requestHeaders: ReadFields
  generations: StoredParts['generations']
}

/** Fields that may be kept: without those that `no-cache` and `private` keep for the one who asked. */
function keptFields(headers: ReadFields, directives: Directives, receivedAtMs: number): Field[] {
  const forOne = new Set([...directives.fields('no-cache'), ...directives.fields('private')])
  const fields: Field[] = []
  for (const [name, value] of headers.entries()) {
    const lower = name.toLowerCase()
    if (!NEVER_KEPT.has(lower) && !OF_ONE_REQUEST.test(lower) && !forOne.has(lower)) fields.push([name, value])
  }
  // RFC 9110 6.6.1: an answer without a date has that of its coming.
  if (!headers.has('date')) fields.push(['Date', new Date(receivedAtMs).toUTCString()])
  return fields
}

/** RFC 9111 3: what an answer itself says about being kept by a shared cache. */
function isAllowed(status: number, directives: Directives, hasAuthorization: boolean): boolean {
  if (directives.has('must-understand') ? !UNDERSTOOD.has(status) : directives.has('no-store')) return false
  if (directives.isBare('private')) return false
  // RFC 9111 3.5.
  return !hasAuthorization || directives.has('public') || directives.has('s-maxage') || directives.has('must-revalidate')
}

/** All of a stored answer but its body; null where an answer with this head is not kept. */
export function partsToStore(input: StoringInput, settings: CacheSettings): Omit<StoredParts, 'body'> | null {
  const { head, requestHeaders, receivedAtMs } = input
  const { status, headers } = head
  if (!settings.statuses.has(status) || !settings.takesType(headers.get('content-type'))) return null
  const names = varyNames(headers)
  if (names === null) return null
  const { directives, isTargeted } = effectiveDirectives(headers, settings.cache_control ? settings.targeted_cache_control : [])
  const validators = validatorsOf(headers, receivedAtMs)
  let lifetime: number = settings.cache_ttl
  if (settings.cache_control) {
    if (!isAllowed(status, directives, requestHeaders.has('authorization'))) return null
    const said = lifetimeS({ status, headers, directives, isTargeted, receivedAtMs, isHeuristic: settings.heuristic_freshness })
    const canBeValidated = validators.etag !== null || validators.lastModifiedMs !== null
    if (said === null && !(directives.isBare('no-cache') && canBeValidated)) return null
    // What is stale from the start is worth its room only where asking about it is cheaper than asking for it, or where it may help in need.
    if ((said ?? 0) <= 0 && !canBeValidated && !directives.has('stale-if-error') && !directives.has('stale-while-revalidate')) return null
    lifetime = said ?? 0
  } else if (headers.has('set-cookie')) return null
  return {
    status,
    fields: keptFields(headers, directives, receivedAtMs),
    validators,
    directives,
    vary: varyValues(requestHeaders, names),
    receivedAtMs,
    initialAgeS: initialAgeS(headers, input),
    lifetimeS: lifetime,
    generations: input.generations,
  }
}

/** RFC 9111 3.2: fields that describe the bytes that are kept, which a 304 does not change. */
const OF_BYTES = new Set(['content-encoding', 'content-length', 'content-range'])

/** Fields of a stored answer after a 304: the new ones take the place of those of the same name. */
export function updatedFields(stored: StoredAnswer, headers: ReadFields): FieldList {
  const fresh = [...headers.entries()].filter(([name]) => !OF_BYTES.has(name.toLowerCase()))
  const renewed = new Set(fresh.map(([name]) => name.toLowerCase()))
  // A date that the 304 does not give is that of its coming.
  renewed.add('date')
  return new FieldList([...stored.parts.fields.filter(([name]) => !renewed.has(name.toLowerCase())), ...fresh])
}
