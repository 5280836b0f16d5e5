import { readHttpDate } from '../http-date.ts'
import { type Directives, parseCacheControl, parseTargeted } from './cache-control.ts'
import type { ReadFields } from './field-list.ts'

/** RFC 9110 15.1: statuses whose answers may be fresh by heuristics. */
const HEURISTIC = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
const DAY_S = 86_400

/** When an answer came, in Unix milliseconds. */
export interface Times {
  requestedAtMs: number
  receivedAtMs: number
}

/** The directives of an answer that count: those of a targeted field where it has one (RFC 9213 2.2). */
export function effectiveDirectives(headers: ReadFields, targets: readonly string[]): { directives: Directives; isTargeted: boolean } {
  for (const name of targets) {
    const targeted = headers.has(name) ? parseTargeted(headers.getAll(name)) : null
    if (targeted !== null) return { directives: targeted, isTargeted: true }
  }
  return { directives: parseCacheControl(headers.getAll('cache-control')), isTargeted: false }
}

/** Age of an answer when it came, in seconds (RFC 9111 4.2.3). Of several values the first counts; what is no number does not. */
export function initialAgeS(headers: ReadFields, { requestedAtMs, receivedAtMs }: Times): number {
  const given = /^\s*(\d+)\s*(?:,|$)/.exec(headers.get('age') ?? '')?.[1]
  const ageS = given === undefined ? 0 : Number(given)
  const dateMs = readHttpDate(headers.get('date') ?? '') ?? receivedAtMs
  const apparentS = Math.max(0, Math.floor((receivedAtMs - dateMs) / 1000))
  return Math.max(apparentS, ageS + Math.max(0, Math.floor((receivedAtMs - requestedAtMs) / 1000)))
}

export interface LifetimeInput {
  status: number
  headers: ReadFields
  directives: Directives
  isTargeted: boolean
  receivedAtMs: number
  isHeuristic: boolean
}

/** How long an answer is fresh for a shared cache, in seconds (RFC 9111 4.2.1); null where it does not say and heuristics do not either. */
export function lifetimeS({ status, headers, directives, isTargeted, receivedAtMs, isHeuristic }: LifetimeInput): number | null {
  const said = directives.seconds('s-maxage') ?? directives.seconds('max-age')
  if (said !== null) return said
  const dateMs = readHttpDate(headers.get('date') ?? '') ?? receivedAtMs
  if (!isTargeted && headers.has('expires')) {
    // RFC 9111 5.3: what is no date, such as 0, is in the past; of several the first to come counts.
    const ends = headers.getAll('expires').map((text) => readHttpDate(text) ?? Number.NEGATIVE_INFINITY)
    return Math.max(0, (Math.min(...ends) - dateMs) / 1000)
  }
  if (!isHeuristic || !(HEURISTIC.has(status) || directives.has('public'))) return null
  const modifiedMs = readHttpDate(headers.get('last-modified') ?? '')
  return modifiedMs === null || modifiedMs > dateMs ? null : Math.min(DAY_S, (dateMs - modifiedMs) / 10_000)
}
