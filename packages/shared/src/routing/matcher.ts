import { sha1 } from '@noble/hashes/legacy.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Entity } from '../entities/registry.ts'
import { compileRegex, type LinearRegex } from './regex.ts'

/** What the router looks at, of one request. */
export interface RouteRequest {
  method: string
  /** Normalised, without query. */
  path: string
  /** As sent, with port where given; null where there is none. */
  host: string | null
  /** Values of a request header, by lower-case name. */
  header(name: string): readonly string[]
  scheme: 'http' | 'https'
  sni: string | null
}

export type RouterRoute = Pick<Entity<'route'>, 'id' | 'methods' | 'hosts' | 'paths' | 'headers' | 'snis' | 'regex_priority' | 'strip_path'> & Partial<Entity<'route'>>

export interface HostPattern {
  kind: 'exact' | 'suffix' | 'prefix'
  text: string
  port: number | null
}

export interface HeaderRule {
  name: string
  values: ReadonlySet<string>
  regexes: readonly LinearRegex[]
}

export interface SniPattern {
  kind: 'exact' | 'suffix' | 'prefix'
  text: string
}

/** A route, or the part of one whose paths have the same kind and length: what is ranked and tested. */
export interface Matcher {
  route: RouterRoute
  /** Ties are decided by it: the greater one first. */
  id: string
  /** 64 bits; higher wins. */
  priority: bigint
  /** `priority` as two numbers, which compare faster: its upper 13 bits and its lower 51. */
  upper: number
  lower: number
  hosts: readonly HostPattern[] | null
  methods: ReadonlySet<string> | null
  prefixes: readonly string[] | null
  regexes: readonly LinearRegex[] | null
  headers: readonly HeaderRule[] | null
  snis: readonly SniPattern[] | null
}

const SPLIT_NAMESPACE = hexToBytes('7f145bf90dce4f9198ebdebbce4b9f6b')

/** RFC 9562 5.5: name-based UUID with SHA-1. */
export function uuidV5(namespace: Uint8Array, name: string): string {
  const digest = sha1(concatBytes(namespace, utf8ToBytes(name))).slice(0, 16)
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = bytesToHex(digest)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const isFilled = (value: readonly unknown[] | Record<string, unknown> | null | undefined) => value != null && (Array.isArray(value) ? value.length : Object.keys(value).length) > 0

interface PathGroup {
  regex: boolean
  length: number
  paths: string[]
}

/** Regex paths form one group; plain paths one for each distinct length, so that a matcher has a single length. */
function groupPaths(paths: readonly string[] | null | undefined): PathGroup[] {
  const groups = new Map<string, PathGroup>()
  for (const path of paths ?? []) {
    const regex = path.startsWith('~')
    const key = regex ? 'regex' : String(path.length)
    const group = groups.get(key) ?? { regex, length: regex ? 0 : path.length, paths: [] }
    group.paths.push(regex ? path.slice(1) : path)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** kong-compatible rank: attributes, plain hosts, header count, regex, regex_priority, path length (bits 63-61, 60, 59-52, 51, 50-19, 18-0). */
function rank(route: RouterRoute, group: PathGroup | null): bigint {
  const filled = [route.methods, route.hosts, route.headers, route.snis, route.paths, route.sources, route.destinations].filter(isFilled).length
  const plainHosts = isFilled(route.hosts) && (route.hosts ?? []).every((host) => !host.includes('*'))
  const headers = Math.min(255, Object.keys(route.headers ?? {}).length)
  let bits = (BigInt(filled) << 61n) | (BigInt(plainHosts ? 1 : 0) << 60n) | (BigInt(headers) << 52n)
  if (group?.regex) bits |= (1n << 51n) | (BigInt(route.regex_priority) << 19n)
  else if (group !== null) bits |= BigInt(group.length)
  return bits
}

const LOWER_BITS = 51n

const rankOf = (route: RouterRoute, group: PathGroup | null): Pick<Matcher, 'priority' | 'upper' | 'lower'> => {
  const priority = rank(route, group)
  return { priority, upper: Number(priority >> LOWER_BITS), lower: Number(priority & ((1n << LOWER_BITS) - 1n)) }
}

/** Negative where `a` comes before `b`: the higher priority, then the greater id. No two matchers of a table are equal. */
export function compareRank(a: Matcher, b: Matcher): number {
  if (a.upper !== b.upper) return b.upper - a.upper
  if (a.lower !== b.lower) return b.lower - a.lower
  return a.id > b.id ? -1 : a.id < b.id ? 1 : 0
}

function parseHost(text: string): HostPattern {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const port = colon < 0 ? null : Number(text.slice(colon + 1))
  if (name.startsWith('*')) return { kind: 'suffix', text: name.slice(1), port }
  if (name.endsWith('*')) return { kind: 'prefix', text: name.slice(0, -1), port }
  return { kind: 'exact', text: name, port }
}

function parseSni(text: string): SniPattern {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (name.startsWith('*')) return { kind: 'suffix', text: name.slice(1) }
  return name.endsWith('*') ? { kind: 'prefix', text: name.slice(0, -1) } : { kind: 'exact', text: name }
}

function compileHeaders(headers: Record<string, string[]>): HeaderRule[] {
  return Object.entries(headers).map(([name, values]) => ({
    name: name.toLowerCase(),
    values: new Set(values.filter((value) => !value.startsWith('~*')).map((value) => value.toLowerCase())),
    regexes: values.filter((value) => value.startsWith('~*')).map((value) => compileRegex(value.slice(2).toLowerCase())),
  }))
}

/** The matchers of one route: one where its paths are of one kind and length, else one for each group. */
export function buildMatchers(route: RouterRoute): Matcher[] {
  const groups = groupPaths(route.paths)
  const shared = {
    route,
    hosts: isFilled(route.hosts) ? (route.hosts ?? []).map(parseHost) : null,
    methods: isFilled(route.methods) ? new Set(route.methods) : null,
    headers: isFilled(route.headers) ? compileHeaders(route.headers ?? {}) : null,
    snis: isFilled(route.snis) ? (route.snis ?? []).map(parseSni) : null,
  }
  if (groups.length === 0) return [{ ...shared, id: route.id, ...rankOf(route, null), prefixes: null, regexes: null }]
  return groups.map((group, index) => ({
    ...shared,
    id: groups.length === 1 ? route.id : uuidV5(SPLIT_NAMESPACE, `${route.id}#${index + 1}`),
    ...rankOf(route, group),
    prefixes: group.regex ? null : [...new Set(group.paths)],
    regexes: group.regex ? group.paths.map((path) => compileRegex(path)) : null,
  }))
}
