import { PersistentMap } from '../persistent-map.ts'
import { Bucket, type MatcherChanges, noChanges } from './bucket.ts'
import { buildMatchers, compareRank, type Matcher, type RouteRequest, type RouterRoute } from './matcher.ts'
import { type Attribute, matchPath, misfit, splitHost } from './predicates.ts'

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

/** What becomes of routes: by id, a route to put in place of the one with that id, or null where it goes. */
export type RouteChanges = Iterable<readonly [id: string, route: RouterRoute | null]>

export interface Router {
  /** The winning route of Kong's traditional_compatible flavour, or null. */
  match(request: RouteRequest): RouteMatch | null
  /** Every candidate in order of rank with why it lost; `match` and this use the same predicates. Its cost grows with the table. */
  explain(request: RouteRequest): Explanation[]
  /** A router with these changes, at the cost of the changes alone. This one goes on to answer as before. Each id occurs once. */
  with(changes: RouteChanges): Router
}

const NONE: Readonly<Record<string, string | false>> = Object.freeze({})

/** Names under which a matcher is looked up; none where any of its hosts is a wildcard, or it has no hosts. */
function exactNames({ hosts }: Matcher): ReadonlySet<string> | null {
  if (hosts === null || hosts.some((host) => host.kind !== 'exact')) return null
  return new Set(hosts.map((host) => host.text))
}

/** Exact hosts are found in a map; wildcards and routes without hosts are in one shared bucket. */
class BucketRouter implements Router {
  readonly #matchers: PersistentMap<readonly Matcher[]>
  readonly #byHost: PersistentMap<Bucket>
  readonly #anyHost: Bucket

  constructor(matchers: PersistentMap<readonly Matcher[]>, byHost: PersistentMap<Bucket>, anyHost: Bucket) {
    this.#matchers = matchers
    this.#byHost = byHost
    this.#anyHost = anyHost
  }

  match(request: RouteRequest): RouteMatch | null {
    const host = splitHost(request.host)
    const exact = this.#byHost.get(host.name)?.find(request, host, null) ?? null
    const found = this.#anyHost.find(request, host, exact)
    if (found === null) return null
    return { route: found.matcher.route, matchedPath: found.path?.text ?? null, captures: found.path?.captures ?? NONE }
  }

  explain(request: RouteRequest): Explanation[] {
    const host = splitHost(request.host)
    const ranked = [...this.#matchers.values()].flat().sort(compareRank)
    let winner = false
    return ranked.map((matcher) => {
      const attribute = misfit(matcher, request, host) ?? (hasPath(matcher) && matchPath(matcher, request.path) === null ? ('path' as const) : null)
      const verdict = attribute ?? (winner ? ('outranked' as const) : ('won' as const))
      if (attribute === null) winner = true
      return { route: matcher.route, priority: matcher.priority, verdict }
    })
  }

  with(changes: RouteChanges): Router {
    const matchers: [string, readonly Matcher[] | undefined][] = []
    const byHost = new Map<string, MatcherChanges>()
    const anyHost = noChanges()
    const enter = (side: keyof MatcherChanges, matcher: Matcher) => {
      const names = exactNames(matcher)
      if (names === null) anyHost[side].push(matcher)
      for (const name of names ?? []) {
        const ofHost = byHost.get(name) ?? noChanges()
        ofHost[side].push(matcher)
        byHost.set(name, ofHost)
      }
    }
    for (const [id, route] of changes) {
      for (const matcher of this.#matchers.get(id) ?? []) enter('removed', matcher)
      const added = route === null ? undefined : buildMatchers(route)
      for (const matcher of added ?? []) enter('added', matcher)
      matchers.push([id, added])
    }
    const buckets = [...byHost].map(([name, ofHost]): [string, Bucket | undefined] => {
      const bucket = (this.#byHost.get(name) ?? Bucket.EMPTY).with(ofHost)
      return [name, bucket.isEmpty ? undefined : bucket]
    })
    const isAnyTouched = anyHost.removed.length > 0 || anyHost.added.length > 0
    return new BucketRouter(this.#matchers.with(matchers), this.#byHost.with(buckets), isAnyTouched ? this.#anyHost.with(anyHost) : this.#anyHost)
  }
}

function hasPath(matcher: Matcher): boolean {
  return matcher.prefixes !== null || matcher.regexes !== null
}

/** Compiles routes into a matcher for many requests. Routes of disabled services are left out by the caller. */
export function compileRouter(routes: readonly RouterRoute[]): Router {
  const empty = new BucketRouter(PersistentMap.empty(), PersistentMap.empty(), Bucket.EMPTY)
  return empty.with(routes.map((route) => [route.id, route]))
}
