import { type MapDraft, PersistentMap } from '../persistent-map.ts'
import { Bucket, type BucketDraft } from './bucket.ts'
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
  /** For changes that come bit by bit. */
  draft(): RouterDraft
}

/** Changes of a router on their way to the next one, which costs what they cost. The router that they started from stays as it is. */
export interface RouterDraft {
  /** Puts a route in place of the one with that id, or takes that one out. */
  set(id: string, route: RouterRoute | null): void
  /** The router after the changes. The draft cannot be used any more. */
  finish(): Router
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
    const draft = this.draft()
    for (const [id, route] of changes) draft.set(id, route)
    return draft.finish()
  }

  draft(): RouterDraft {
    return new BucketRouterDraft(this.#matchers, this.#byHost, this.#anyHost)
  }
}

class BucketRouterDraft implements RouterDraft {
  readonly #matchers: MapDraft<readonly Matcher[]>
  readonly #byHost: PersistentMap<Bucket>
  readonly #anyHost: Bucket
  readonly #touchedHosts = new Map<string, BucketDraft>()
  #touchedAny: BucketDraft | null = null

  constructor(matchers: PersistentMap<readonly Matcher[]>, byHost: PersistentMap<Bucket>, anyHost: Bucket) {
    this.#matchers = matchers.draft()
    this.#byHost = byHost
    this.#anyHost = anyHost
  }

  set(id: string, route: RouterRoute | null): void {
    const added = route === null ? undefined : buildMatchers(route)
    for (const matcher of this.#matchers.get(id) ?? []) for (const bucket of this.#bucketsOf(matcher)) bucket.remove(matcher)
    for (const matcher of added ?? []) for (const bucket of this.#bucketsOf(matcher)) bucket.add(matcher)
    this.#matchers.set(id, added)
  }

  finish(): Router {
    const buckets = [...this.#touchedHosts].map(([name, draft]): [string, Bucket | undefined] => {
      const bucket = draft.finish()
      return [name, bucket.isEmpty ? undefined : bucket]
    })
    return new BucketRouter(this.#matchers.finish(), this.#byHost.with(buckets), this.#touchedAny?.finish() ?? this.#anyHost)
  }

  #bucketsOf(matcher: Matcher): BucketDraft[] {
    const names = exactNames(matcher)
    if (names !== null) return [...names].map((name) => this.#ofHost(name))
    this.#touchedAny ??= this.#anyHost.draft()
    return [this.#touchedAny]
  }

  #ofHost(name: string): BucketDraft {
    const draft = this.#touchedHosts.get(name) ?? (this.#byHost.get(name) ?? Bucket.EMPTY).draft()
    this.#touchedHosts.set(name, draft)
    return draft
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
