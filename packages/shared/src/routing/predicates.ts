import type { HeaderRule, HostPattern, Matcher, RouteRequest, SniPattern } from './matcher.ts'

export type Attribute = 'sni' | 'method' | 'host' | 'path' | 'header'

export interface SplitHost {
  name: string
  port: number | null
}

let lastHost: string | null = null
let lastSplit: SplitHost = { name: '', port: null }

/** Splits a Host as the router reads it: at the first colon, where a number follows. The last answer is kept: most requests name the same host. */
export function splitHost(host: string | null): SplitHost {
  if (host !== lastHost) {
    lastSplit = split(host)
    lastHost = host
  }
  return lastSplit
}

function split(host: string | null): SplitHost {
  if (host === null) return { name: '', port: null }
  const colon = host.indexOf(':')
  if (colon < 0) return { name: host, port: null }
  const rest = host.slice(colon + 1)
  return /^\d+$/.test(rest) ? { name: host.slice(0, colon), port: Number(rest) } : { name: host, port: null }
}

function fits(pattern: { kind: HostPattern['kind']; text: string }, name: string): boolean {
  if (pattern.kind === 'exact') return pattern.text === name
  return pattern.kind === 'suffix' ? name.endsWith(pattern.text) : name.startsWith(pattern.text)
}

export function hostFits(patterns: readonly HostPattern[], host: SplitHost): boolean {
  for (const pattern of patterns) if (fits(pattern, host.name) && (pattern.port === null || pattern.port === host.port)) return true
  return false
}

export function headersFit(rules: readonly HeaderRule[], request: RouteRequest): boolean {
  for (const rule of rules) {
    const values = request.header(rule.name)
    let found = false
    for (const value of values) {
      const lower = value.toLowerCase()
      if (rule.values.has(lower) || rule.regexes.some((regex) => regex.test(lower))) {
        found = true
        break
      }
    }
    if (!found) return false
  }
  return true
}

/** SNIs narrow https only: over http there is none to compare. */
export function sniFits(patterns: readonly SniPattern[], request: RouteRequest): boolean {
  if (request.scheme !== 'https') return true
  if (request.sni === null) return false
  const name = request.sni.endsWith('.') ? request.sni.slice(0, -1) : request.sni
  return patterns.some((pattern) => fits(pattern, name))
}

export interface PathMatch {
  text: string
  captures: Readonly<Record<string, string | false>>
}

const NO_CAPTURES: Readonly<Record<string, string | false>> = Object.freeze({})

export function matchPath(matcher: Matcher, path: string): PathMatch | null {
  for (const prefix of matcher.prefixes ?? []) if (path.startsWith(prefix)) return { text: prefix, captures: NO_CAPTURES }
  for (const regex of matcher.regexes ?? []) {
    const match = regex.matchStart(path)
    if (match !== null) return match
  }
  return null
}

/** First attribute that keeps the matcher from this request, or null where all fit. The path is not tested here. */
export function misfit(matcher: Matcher, request: RouteRequest, host: SplitHost): Exclude<Attribute, 'path'> | null {
  if (matcher.methods !== null && !matcher.methods.has(request.method)) return 'method'
  if (matcher.hosts !== null && !hostFits(matcher.hosts, host)) return 'host'
  if (matcher.snis !== null && !sniFits(matcher.snis, request)) return 'sni'
  if (matcher.headers !== null && !headersFit(matcher.headers, request)) return 'header'
  return null
}
