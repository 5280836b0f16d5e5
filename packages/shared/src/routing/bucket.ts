import { type MapDraft, PersistentMap } from '../persistent-map.ts'
import { compareRank, type Matcher, type RouteRequest } from './matcher.ts'
import { matchPath, misfit, type PathMatch, type SplitHost } from './predicates.ts'

export interface Found {
  matcher: Matcher
  path: PathMatch | null
}

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

/** Another list in order of rank. Copying pointers is cheap, sorting all again is not. */
function without(list: readonly Matcher[], matcher: Matcher): readonly Matcher[] {
  return list.length === 1 ? [] : list.toSpliced(placeOf(list, matcher), 1)
}

function including(list: readonly Matcher[], matcher: Matcher): readonly Matcher[] {
  return list.length === 0 ? [matcher] : list.toSpliced(placeOf(list, matcher), 0, matcher)
}

interface PrefixLength {
  length: number
  /** Lists of prefixes that are so long. */
  lists: number
}

/**
 * Candidates of one set of hosts. A request path has few prefixes, so plain paths are found by looking up each of the lengths that
 * occur; regexes and pathless matchers are tried one by one. Never changes: a draft makes another one, at the cost of the changes.
 */
export class Bucket {
  static readonly EMPTY = new Bucket(PersistentMap.empty(), [], [])
  readonly #byPrefix: PersistentMap<readonly Matcher[]>
  readonly #lengths: readonly PrefixLength[]
  readonly #others: readonly Matcher[]

  constructor(byPrefix: PersistentMap<readonly Matcher[]>, lengths: readonly PrefixLength[], others: readonly Matcher[]) {
    this.#byPrefix = byPrefix
    this.#lengths = lengths
    this.#others = others
  }

  get isEmpty(): boolean {
    return this.#byPrefix.size === 0 && this.#others.length === 0
  }

  draft(): BucketDraft {
    return new BucketDraft(this.#byPrefix, this.#lengths, this.#others)
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

/** Changes of a bucket on their way to the next one. */
export class BucketDraft {
  readonly #byPrefix: MapDraft<readonly Matcher[]>
  readonly #lengths: Map<number, number>
  #others: readonly Matcher[]

  constructor(byPrefix: PersistentMap<readonly Matcher[]>, lengths: readonly PrefixLength[], others: readonly Matcher[]) {
    this.#byPrefix = byPrefix.draft()
    this.#lengths = new Map(lengths.map(({ length, lists }) => [length, lists]))
    this.#others = others
  }

  add(matcher: Matcher): void {
    if (matcher.prefixes === null) this.#others = including(this.#others, matcher)
    for (const prefix of matcher.prefixes ?? []) {
      const list = this.#byPrefix.get(prefix)
      this.#byPrefix.set(prefix, including(list ?? [], matcher))
      if (list === undefined) this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1)
    }
  }

  /** Takes out one that is in it. */
  remove(matcher: Matcher): void {
    if (matcher.prefixes === null) this.#others = without(this.#others, matcher)
    for (const prefix of matcher.prefixes ?? []) {
      const list = without(this.#byPrefix.get(prefix) ?? [], matcher)
      this.#byPrefix.set(prefix, list.length === 0 ? undefined : list)
      if (list.length === 0) this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) - 1)
    }
  }

  finish(): Bucket {
    const lengths = [...this.#lengths].map(([length, lists]) => ({ length, lists })).filter(({ lists }) => lists > 0)
    return new Bucket(this.#byPrefix.finish(), lengths, this.#others)
  }
}
