import { RE2JS } from 're2js'
import type { RouteRequest, RouterRoute } from '../matcher.ts'
import { uuidV5 } from '../matcher.ts'

/**
 * Kong's traditional_compatible rules, written a second time in the plainest way: every part of every route is tested against every
 * request, and the best one is taken. Slow and easy to read; the compiled router must agree with it.
 */
interface Part {
  route: RouterRoute
  id: string
  regex: boolean
  length: number
  paths: string[]
}

const NAMESPACE = Uint8Array.from([0x7f, 0x14, 0x5b, 0xf9, 0x0d, 0xce, 0x4f, 0x91, 0x98, 0xeb, 0xde, 0xbb, 0xce, 0x4b, 0x9f, 0x6b])

function partsOf(route: RouterRoute): Part[] {
  const paths = route.paths ?? []
  if (paths.length === 0) return [{ route, id: route.id, regex: false, length: 0, paths: [] }]
  const kinds = [...new Set(paths.map((path) => (path.startsWith('~') ? 'regex' : path.length)))]
  return kinds.map((kind, index) => ({
    route,
    id: kinds.length === 1 ? route.id : uuidV5(NAMESPACE, `${route.id}#${index + 1}`),
    regex: kind === 'regex',
    length: kind === 'regex' ? 0 : Number(kind),
    paths: paths.filter((path) => (path.startsWith('~') ? 'regex' : path.length) === kind),
  }))
}

const filled = (value: unknown) => value !== null && value !== undefined && Object.keys(value as object).length > 0

/** What decides between two parts that both match, most important first. */
function ranks({ route, regex, length, id }: Part): (number | string)[] {
  const attributes = [route.methods, route.hosts, route.headers, route.snis, route.paths].filter(filled).length
  const areHostsPlain = filled(route.hosts) && (route.hosts ?? []).every((host) => !host.includes('*')) ? 1 : 0
  return [attributes, areHostsPlain, Object.keys(route.headers ?? {}).length, regex ? 1 : 0, regex ? route.regex_priority : 0, length, id]
}

function beats(a: Part, b: Part): boolean {
  const [left, right] = [ranks(a), ranks(b)]
  const at = left.findIndex((value, index) => value !== right[index])
  return at >= 0 && (left[at] as number) > (right[at] as number)
}

function nameFits(pattern: string, name: string): boolean {
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1))
  return name === pattern
}

function hostFits(pattern: string, host: string): boolean {
  const [, name = host, port] = /^([^:]*):(\d+)$/.exec(host) ?? []
  const [wanted = '', wantedPort] = pattern.split(':')
  return nameFits(wanted, name) && (wantedPort === undefined || Number(wantedPort) === Number(port ?? Number.NaN))
}

function headerFits(values: readonly string[], sent: readonly string[]): boolean {
  return sent.some((value) =>
    values.some((wanted) =>
      wanted.startsWith('~*') ? RE2JS.compile(wanted.slice(2).toLowerCase()).matcher(value.toLowerCase()).find() : wanted.toLowerCase() === value.toLowerCase(),
    ),
  )
}

function pathFits(path: string, requested: string): boolean {
  return path.startsWith('~') ? RE2JS.compile(path.slice(1)).matcher(requested).lookingAt() : requested.startsWith(path)
}

function fits({ route, paths }: Part, request: RouteRequest): boolean {
  if (filled(route.methods) && !route.methods?.includes(request.method)) return false
  if (filled(route.hosts) && !route.hosts?.some((host) => hostFits(host, request.host ?? ''))) return false
  if (filled(route.snis) && request.scheme === 'https' && !route.snis?.some((sni) => request.sni !== null && nameFits(sni.replace(/\.$/, ''), request.sni.replace(/\.$/, ''))))
    return false
  if (Object.entries(route.headers ?? {}).some(([name, values]) => !headerFits(values, request.header(name.toLowerCase())))) return false
  return paths.length === 0 || paths.some((path) => pathFits(path, request.path))
}

/** Id of the winning route, or null. */
export function naiveMatch(routes: readonly RouterRoute[], request: RouteRequest): string | null {
  const matching = routes.flatMap(partsOf).filter((part) => fits(part, request))
  const best = matching.reduce<Part | null>((found, part) => (found === null || beats(part, found) ? part : found), null)
  return best?.route.id ?? null
}
