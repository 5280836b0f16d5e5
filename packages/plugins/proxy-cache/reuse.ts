import type { Directives } from './cache-control.ts'
import type { CacheSettings } from './settings.ts'
import type { StoredAnswer } from './stored-answer.ts'

/** What may be done with a stored answer: give it, give it and fetch a fresh one meanwhile, or ask the upstream first. */
export type Reuse = 'give' | 'give-and-refresh' | 'validate'

/** Never to be given stale, whoever asks (RFC 9111 4.2.4). */
const mustValidate = ({ parts }: StoredAnswer) => parts.directives.has('must-revalidate') || parts.directives.has('proxy-revalidate') || parts.directives.isBare('no-cache')

/** How long it has been stale, in seconds; negative while it is fresh. */
export function staleS(answer: StoredAnswer, settings: CacheSettings, nowMs: number): number {
  return (settings.cache_control ? answer.ageS(nowMs) : answer.keptS(nowMs)) - answer.parts.lifetimeS
}

/** False for an answer that is only still there because nobody needed its room. */
export function isStillKept(answer: StoredAnswer, settings: CacheSettings, nowMs: number): boolean {
  if (settings.storage_ttl !== null) return answer.keptS(nowMs) < settings.storage_ttl
  if (settings.cache_control) return true
  return staleS(answer, settings, nowMs) < Math.max(0, settings.stale_while_revalidate ?? 0, settings.stale_if_error ?? 0)
}

/** RFC 9111 4.2 and 5.2.1, and `stale-while-revalidate` of RFC 5861. */
export function reuseOf(answer: StoredAnswer, request: Directives, settings: CacheSettings, nowMs: number): Reuse {
  const stale = staleS(answer, settings, nowMs)
  if (!settings.cache_control) return stale < 0 ? 'give' : stale < (settings.stale_while_revalidate ?? 0) ? 'give-and-refresh' : 'validate'
  const { directives } = answer.parts
  if (request.has('no-cache') || directives.isBare('no-cache')) return 'validate'
  const ageMax = request.seconds('max-age')
  // A browser reloads with max-age=0: what came in the same second will not do either.
  if (ageMax !== null && (ageMax === 0 || answer.ageS(nowMs) > ageMax)) return 'validate'
  if (stale < 0) return -stale < (request.seconds('min-fresh') ?? 0) ? 'validate' : 'give'
  if (mustValidate(answer) || request.has('min-fresh')) return 'validate'
  const said = directives.seconds('stale-while-revalidate')
  // s-maxage forbids stale answers as proxy-revalidate does (RFC 9111 5.2.2.10), but for those that the same answer allows by name.
  const isShared = directives.has('s-maxage')
  const accepts = request.isBare('max-stale') ? Number.POSITIVE_INFINITY : (request.seconds('max-stale') ?? 0)
  if (stale < (said ?? (isShared ? 0 : (settings.stale_while_revalidate ?? 0)))) return 'give-and-refresh'
  return !isShared && request.has('max-stale') && stale <= accepts ? 'give' : 'validate'
}

/** Whether a stale answer may be given where the upstream fails (RFC 5861 4). */
export function servesOnError(answer: StoredAnswer, request: Directives, settings: CacheSettings, nowMs: number): boolean {
  const stale = staleS(answer, settings, nowMs)
  if (!settings.cache_control) return stale < (settings.stale_if_error ?? 0)
  if (mustValidate(answer)) return false
  const { directives } = answer.parts
  const said = directives.seconds('stale-if-error')
  if (said !== null) return stale < said
  return !directives.has('s-maxage') && stale < Math.max(settings.stale_if_error ?? 0, request.seconds('stale-if-error') ?? 0)
}
