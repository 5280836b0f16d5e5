import { buildMatchers, type Matcher, type RouteRequest, type RouterRoute } from './matcher.ts'
import { type Attribute, matchPath, misfit, type PathMatch, type SplitHost, splitHost } from './predicates.ts'

export interface RouteMatch {
  route: RouterRoute
  /** The prefix, or the text that the regex matched; null where the route has no paths. */
  matchedPath: string | null
  captures: Readonly<Record<string, string | false>>
}

export interface Explanation {
  route: RouterRoute
  priority: bigint
  /** `won`, or the attribute that did not fit, or `outranked` where all fit but another was ranked higher. */
  verdict: 'won' | 'outranked' | Attribute
}

export interface Router {
  /** The winning route of Kong's traditional_compatible flavour, or null. */
  match(request: RouteRequest): RouteMatch | null
  /** Every candidate in order of rank with why it lost; `match` and this use the same predicates. */
  explain(request: RouteRequest): Explanation[]
}

const NONE: Readonly<Record<string, string | false>> = Object.freeze({})

function byRank(a: Matcher, b: Matcher): number {
  if (a.priority !== b.priority) return a.priority > b.priority ? -1 : 1
  return a.id > b.id ? -1 : a.id < b.id ? 1 : 0
}

/** A list of matchers in order of rank, with those of plain paths also found by path. */
interface Ranked {
  order: number
  matcher: Matcher
}

/**
 * Candidates of one set of hosts. A request path has few prefixes, so plain paths are found by looking up each of its lengths that
 * occurs; regexes and pathless matchers are tried one by one. `order` keeps the global rank.
 */
class Bucket {
  readonly #byPrefix = new Map<string, Ranked[]>()
  readonly #lengths: number[] = []
  readonly #others: Ranked[] = []

  add(entry: Ranked): void {
    if (entry.matcher.prefixes === null) {
      this.#others.push(entry)
      return
    }
    for (const prefix of entry.matcher.prefixes) {
      const list = this.#byPrefix.get(prefix)
      if (list === undefined) this.#byPrefix.set(prefix, [entry])
      else list.push(entry)
      if (!this.#lengths.includes(prefix.length)) this.#lengths.push(prefix.length)
    }
  }

  /** The entry of best rank in this bucket that fits and beats `best`. */
  find(request: RouteRequest, host: SplitHost, best: Found | null): Found | null {
    let found = best
    for (const length of this.#lengths) {
      if (length > request.path.length) continue
      const prefix = request.path.slice(0, length)
      for (const entry of this.#byPrefix.get(prefix) ?? []) {
        if (found !== null && entry.order > found.entry.order) break
        if (misfit(entry.matcher, request, host) === null) {
          found = { entry, path: { text: prefix, captures: NONE } }
          break
        }
      }
    }
    for (const entry of this.#others) {
      if (found !== null && entry.order > found.entry.order) break
      if (misfit(entry.matcher, request, host) !== null) continue
      const path = entry.matcher.regexes === null ? null : matchPath(entry.matcher, request.path)
      if (entry.matcher.regexes !== null && path === null) continue
      found = { entry, path }
      break
    }
    return found
  }
}

interface Found {
  entry: Ranked
  path: PathMatch | null
}

/**
 * Compiles routes into a matcher for many requests. Routes of disabled services are left out by the caller.
 * Exact hosts are found in a map; wildcards and routes without hosts are in one shared bucket.
 */
export function compileRouter(routes: readonly RouterRoute[]): Router {
  const ranked = routes.flatMap(buildMatchers).sort(byRank)
  const byHost = new Map<string, Bucket>()
  const anyHost = new Bucket()
  for (const [order, matcher] of ranked.entries()) {
    const entry = { order, matcher }
    if (matcher.hosts === null || matcher.hosts.some((host) => host.kind !== 'exact')) {
      anyHost.add(entry)
      continue
    }
    for (const name of new Set(matcher.hosts.map((host) => host.text))) {
      const bucket = byHost.get(name) ?? new Bucket()
      bucket.add(entry)
      byHost.set(name, bucket)
    }
  }
  return {
    match(request) {
      const host = splitHost(request.host)
      const exact = byHost.get(host.name)?.find(request, host, null) ?? null
      const found = anyHost.find(request, host, exact)
      if (found === null) return null
      return { route: found.entry.matcher.route, matchedPath: found.path?.text ?? null, captures: found.path?.captures ?? NONE }
    },
    explain: (request) => explain(ranked, request),
  }
}

function explain(ranked: readonly Matcher[], request: RouteRequest): Explanation[] {
  const host = splitHost(request.host)
  let winner = false
  return ranked.map((matcher) => {
    const attribute = misfit(matcher, request, host) ?? (hasPath(matcher) && matchPath(matcher, request.path) === null ? ('path' as const) : null)
    const verdict = attribute ?? (winner ? ('outranked' as const) : ('won' as const))
    if (attribute === null) winner = true
    return { route: matcher.route, priority: matcher.priority, verdict }
  })
}

function hasPath(matcher: Matcher): boolean {
  return matcher.prefixes !== null || matcher.regexes !== null
}
