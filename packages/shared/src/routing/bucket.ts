import { extendHash, HASH_START, type MapDraft, PersistentMap } from '../persistent-map.ts'
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

/** The matchers of a prefix. Of prefixes with the same hash each knows the next. */
interface Node {
  prefix: string
  matchers: readonly Matcher[]
  next: Node | null
}
type Nodes = PersistentMap<Node, number>

function hashOf(prefix: string): number {
  let hash = HASH_START
  for (let index = 0; index < prefix.length; index += 1) hash = extendHash(hash, prefix.charCodeAt(index))
  return hash
}

function findNode(first: Node | null, prefix: string): Node | null {
  for (let node = first; node !== null; node = node.next) if (node.prefix === prefix) return node
  return null
}

function withoutNode(first: Node | null, prefix: string): Node | null {
  if (first === null) return null
  return first.prefix === prefix ? first.next : { ...first, next: withoutNode(first.next, prefix) }
}

/** How often there is each of a few numbers. */
type Tally = ReadonlyMap<number, number>

function count(tally: Map<number, number>, value: number, change: number): void {
  const counted = (tally.get(value) ?? 0) + change
  if (counted === 0) tally.delete(value)
  else tally.set(value, counted)
}

interface BucketParts {
  byPrefix: Nodes
  /** Regexes and pathless matchers, in order of rank. */
  others: readonly Matcher[]
  /** Lengths of the prefixes. */
  lengths: Tally
  /** Upper halves of the ranks of all matchers. */
  uppers: Tally
}

/**
 * Candidates of one set of hosts. A request path has few prefixes, so plain paths are found by the hash of each of the lengths that occur
 * (hashing the path once is cheaper than a string for each length: `node test/bench/inside/router.ts`); regexes and pathless matchers are tried one
 * by one. Never changes: a draft makes another one, at the cost of the changes.
 */
export class Bucket {
  static readonly EMPTY = new Bucket({ byPrefix: PersistentMap.empty(), others: [], lengths: new Map(), uppers: new Map() })
  readonly #byPrefix: Nodes
  readonly #lengths: readonly number[]
  readonly #upperMax: number
  readonly #others: readonly Matcher[]
  readonly #parts: BucketParts

  constructor(parts: BucketParts) {
    this.#parts = parts
    this.#byPrefix = parts.byPrefix
    this.#lengths = [...parts.lengths.keys()].sort((a, b) => a - b)
    this.#upperMax = Math.max(-1, ...parts.uppers.keys())
    this.#others = parts.others
  }

  get isEmpty(): boolean {
    return this.#byPrefix.size === 0 && this.#others.length === 0
  }

  draft(): BucketDraft {
    return new BucketDraft(this.#parts)
  }

  /** The matcher of best rank in this bucket that fits and beats `best`. */
  find(request: RouteRequest, host: SplitHost, best: Found | null): Found | null {
    if (best !== null && best.matcher.upper > this.#upperMax) return best
    let found = best
    const { path } = request
    let hash = HASH_START
    let hashed = 0
    for (const length of this.#lengths) {
      if (length > path.length) break
      for (; hashed < length; hashed += 1) hash = extendHash(hash, path.charCodeAt(hashed))
      let node = this.#byPrefix.tableOf(hash).get(hash) ?? null
      while (node !== null && !(node.prefix.length === length && path.startsWith(node.prefix))) node = node.next
      if (node === null) continue
      for (const matcher of node.matchers) {
        if (found !== null && compareRank(found.matcher, matcher) < 0) break
        if (misfit(matcher, request, host) !== null) continue
        found = { matcher, path: { text: node.prefix, captures: NONE } }
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
  readonly #byPrefix: MapDraft<Node, number>
  readonly #lengths: Map<number, number>
  readonly #uppers: Map<number, number>
  #others: readonly Matcher[]

  constructor({ byPrefix, others, lengths, uppers }: BucketParts) {
    this.#byPrefix = byPrefix.draft()
    this.#lengths = new Map(lengths)
    this.#uppers = new Map(uppers)
    this.#others = others
  }

  add(matcher: Matcher): void {
    if (matcher.prefixes === null) this.#others = including(this.#others, matcher)
    for (const prefix of matcher.prefixes ?? []) this.#change(prefix, (matchers) => including(matchers, matcher))
    count(this.#uppers, matcher.upper, 1)
  }

  /** Takes out one that is in it. */
  remove(matcher: Matcher): void {
    if (matcher.prefixes === null) this.#others = without(this.#others, matcher)
    for (const prefix of matcher.prefixes ?? []) this.#change(prefix, (matchers) => without(matchers, matcher))
    count(this.#uppers, matcher.upper, -1)
  }

  finish(): Bucket {
    return new Bucket({ byPrefix: this.#byPrefix.finish(), others: this.#others, lengths: this.#lengths, uppers: this.#uppers })
  }

  #change(prefix: string, change: (matchers: readonly Matcher[]) => readonly Matcher[]): void {
    const hash = hashOf(prefix)
    const first = this.#byPrefix.get(hash) ?? null
    const before = findNode(first, prefix)?.matchers ?? []
    const matchers = change(before)
    const others = withoutNode(first, prefix)
    this.#byPrefix.set(hash, matchers.length === 0 ? (others ?? undefined) : { prefix, matchers, next: others })
    const more = Number(matchers.length > 0) - Number(before.length > 0)
    if (more !== 0) count(this.#lengths, prefix.length, more)
  }
}
