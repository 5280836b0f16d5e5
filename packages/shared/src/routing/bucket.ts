import { PersistentMap } from '../persistent-map.ts'
import { compareRank, type Matcher, type RouteRequest } from './matcher.ts'
import { matchPath, misfit, type PathMatch, type SplitHost } from './predicates.ts'

export interface Found {
  matcher: Matcher
  path: PathMatch | null
}

/** What leaves a list or a bucket, and what comes into it. */
export interface MatcherChanges {
  removed: Matcher[]
  added: Matcher[]
}

export const noChanges = (): MatcherChanges => ({ removed: [], added: [] })

const NONE: Readonly<Record<string, string | false>> = Object.freeze({})

/** Where the matcher is, or would be, in a list in order of rank. */
function placeOf(list: readonly Matcher[], matcher: Matcher): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRank(list[middle] as Matcher, matcher) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** From so many changes on a list is sorted again. */
const SORT_FROM = 64

/** Another list in order of rank; what is removed is in it. For few changes copying pointers is cheap, and sorting all again is not. */
function withMatchers(list: readonly Matcher[], { removed, added }: MatcherChanges): readonly Matcher[] {
  if (removed.length + added.length >= SORT_FROM) {
    const gone = new Set(removed)
    return [...list.filter((matcher) => !gone.has(matcher)), ...added].sort(compareRank)
  }
  const changed = list.slice()
  for (const matcher of removed) changed.splice(placeOf(changed, matcher), 1)
  for (const matcher of added) changed.splice(placeOf(changed, matcher), 0, matcher)
  return changed
}

interface PrefixLength {
  length: number
  /** Lists of prefixes that are so long. */
  lists: number
}

/**
 * Candidates of one set of hosts. A request path has few prefixes, so plain paths are found by looking up each of the lengths that
 * occur; regexes and pathless matchers are tried one by one. Never changes: `with` gives another one, at the cost of the changes.
 */
export class Bucket {
  static readonly EMPTY = new Bucket(PersistentMap.empty(), [], [])
  readonly #byPrefix: PersistentMap<readonly Matcher[]>
  readonly #lengths: readonly PrefixLength[]
  readonly #others: readonly Matcher[]

  private constructor(byPrefix: PersistentMap<readonly Matcher[]>, lengths: readonly PrefixLength[], others: readonly Matcher[]) {
    this.#byPrefix = byPrefix
    this.#lengths = lengths
    this.#others = others
  }

  get isEmpty(): boolean {
    return this.#byPrefix.size === 0 && this.#others.length === 0
  }

  with(changes: MatcherChanges): Bucket {
    const others = noChanges()
    const byPrefix = new Map<string, MatcherChanges>()
    for (const side of ['removed', 'added'] as const) {
      for (const matcher of changes[side]) {
        if (matcher.prefixes === null) others[side].push(matcher)
        for (const prefix of matcher.prefixes ?? []) {
          const ofPrefix = byPrefix.get(prefix) ?? noChanges()
          ofPrefix[side].push(matcher)
          byPrefix.set(prefix, ofPrefix)
        }
      }
    }
    const lists: [string, readonly Matcher[] | undefined][] = []
    const counts = new Map(this.#lengths.map(({ length, lists }) => [length, lists]))
    for (const [prefix, ofPrefix] of byPrefix) {
      const before = this.#byPrefix.get(prefix) ?? []
      const after = withMatchers(before, ofPrefix)
      lists.push([prefix, after.length === 0 ? undefined : after])
      const more = Number(after.length > 0) - Number(before.length > 0)
      counts.set(prefix.length, (counts.get(prefix.length) ?? 0) + more)
    }
    const lengths = [...counts].map(([length, lists]) => ({ length, lists })).filter(({ lists }) => lists > 0)
    const hasOthers = others.removed.length > 0 || others.added.length > 0
    return new Bucket(lists.length === 0 ? this.#byPrefix : this.#byPrefix.with(lists), lengths, hasOthers ? withMatchers(this.#others, others) : this.#others)
  }

  /** The matcher of best rank in this bucket that fits and beats `best`. */
  find(request: RouteRequest, host: SplitHost, best: Found | null): Found | null {
    let found = best
    const { path } = request
    for (const { length } of this.#lengths) {
      if (length > path.length) continue
      const prefix = length === path.length ? path : path.slice(0, length)
      const list = this.#byPrefix.get(prefix)
      if (list === undefined) continue
      for (const matcher of list) {
        if (found !== null && compareRank(found.matcher, matcher) < 0) break
        if (misfit(matcher, request, host) !== null) continue
        found = { matcher, path: { text: prefix, captures: NONE } }
        break
      }
    }
    for (const matcher of this.#others) {
      if (found !== null && compareRank(found.matcher, matcher) < 0) break
      if (misfit(matcher, request, host) !== null) continue
      const matched = matcher.regexes === null ? null : matchPath(matcher, path)
      if (matcher.regexes !== null && matched === null) continue
      found = { matcher, path: matched }
      break
    }
    return found
  }
}
