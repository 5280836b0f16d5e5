import * as z from 'zod'
import { escapePath, normalizePath } from '../routing/normalize.ts'
import { regexProblem } from '../routing/regex.ts'
import { isHostname, isIpv4, reference, tags, utf8Name } from './fields.ts'

export const ROUTE_PROTOCOLS = ['http', 'https', 'grpc', 'grpcs', 'tcp', 'tls', 'udp', 'tls_passthrough'] as const
const PROTOCOL_GROUPS = [['http', 'https'], ['grpc', 'grpcs'], ['tcp', 'tls', 'udp'], ['tls_passthrough']]

function hostProblem(text: string): string | null {
  const [name, ...rest] = text.split(':')
  const portText = rest.length === 0 ? null : rest.join(':')
  if (name === undefined || name === '') return 'must not be empty'
  if (portText !== null && !/^\d{1,5}$/.test(portText)) return 'the port must be a number'
  const stars = name.split('*').length - 1
  if (stars === 0) return isHostname(name) || isIpv4(name) ? null : 'must be a host name or an IPv4 address'
  const leading = name.startsWith('*.')
  const trailing = name.endsWith('.*')
  if (stars > 1 || (!leading && !trailing) || (trailing && portText !== null)) return 'invalid wildcard: must be placed at leftmost or rightmost label'
  return isHostname(leading ? name.slice(2) : name.slice(0, -2)) ? null : 'must be a host name beside the wildcard'
}

function pathProblem(path: string): string | null {
  if (path.startsWith('~')) {
    if (!path.startsWith('~/')) return 'a regex path must start with ~/'
    return regexProblem(path.slice(1))
  }
  if (!path.startsWith('/')) return 'must start with / or ~/'
  if (path.includes('//')) return 'must not have an empty segment (//)'
  const normalized = escapePath(normalizePath(path))
  return normalizePath(path) === path || normalized === path ? null : `non-normalized path, consider use '${normalizePath(path)}' instead`
}

type Matched = 'methods' | 'hosts' | 'headers' | 'paths' | 'snis' | 'sources' | 'destinations'

/** Fields of which a route of these protocols must set at least one. */
function matchedBy(group: string, protocols: readonly string[]): readonly Matched[] {
  if (group === 'http') return protocols.includes('https') ? ['methods', 'hosts', 'headers', 'paths', 'snis'] : ['methods', 'hosts', 'headers', 'paths']
  if (group === 'grpc') return ['hosts', 'headers', 'paths']
  return group === 'tcp' ? ['sources', 'destinations', 'snis'] : ['snis']
}

const check = (problem: (text: string) => string | null) => (text: string, context: z.RefinementCtx) => {
  const message = problem(text)
  if (message !== null) context.addIssue({ code: 'custom', message })
}

const endpoint = z.strictObject({ ip: z.string().max(64).optional(), port: z.int().min(1).max(65_535).optional() })

/** A rule that sends requests to a service. Fields, defaults and rules are Kong's (`/routes`), flavour traditional_compatible. */
export const routeSchema = z
  .strictObject({
    name: utf8Name.nullable().default(null).meta({ title: 'Name', description: 'Unique in the workspace.' }),
    service: reference.nullable().default(null).meta({ title: 'Service', description: 'Where the requests go. Without one only plugins can answer.' }),
    protocols: z
      .array(z.enum(ROUTE_PROTOCOLS))
      .min(1)
      .default(['http', 'https'])
      .meta({ title: 'Protocols', description: 'https alone answers http requests with a redirect or 426.' }),
    methods: z
      .array(
        z
          .string()
          .max(32)
          .regex(/^[A-Z]+$/, { error: 'a method is written in capitals' }),
      )
      .max(32)
      .nullable()
      .default(null)
      .meta({ title: 'Methods', description: 'Empty: any.' }),
    hosts: z
      .array(z.string().max(260).superRefine(check(hostProblem)))
      .max(256)
      .nullable()
      .default(null)
      .meta({ title: 'Hosts', description: 'Compared as sent. One * as the first or last label; :port may follow.' }),
    paths: z
      .array(z.string().max(1024).superRefine(check(pathProblem)))
      .max(256)
      .nullable()
      .default(null)
      .meta({ title: 'Paths', description: 'A prefix, or a linear-time regex after ~ (such as ~/orders/\\d+$).' }),
    headers: z
      .record(z.string().min(1).max(128), z.array(z.string().max(1024)).min(1).max(64))
      .nullable()
      .default(null)
      .meta({ title: 'Headers', description: 'Each must have one of its values; a value starting with ~* is a regex.' }),
    snis: z.array(z.string().max(253)).max(64).nullable().default(null).meta({ title: 'SNIs', description: 'Server names of the TLS connection.' }),
    sources: z.array(endpoint).max(64).nullable().default(null).meta({ title: 'Sources', description: 'For stream routes.' }),
    destinations: z.array(endpoint).max(64).nullable().default(null).meta({ title: 'Destinations', description: 'For stream routes.' }),
    strip_path: z.boolean().default(true).meta({ title: 'Strip path', description: 'Remove the matched prefix before the request goes upstream.' }),
    preserve_host: z.boolean().default(false).meta({ title: 'Preserve host', description: 'Send the client’s Host upstream.' }),
    path_handling: z.enum(['v0', 'v1']).default('v0').meta({ title: 'Path handling', description: 'v1 is accepted as in Kong and handled as v0, as its default router does.' }),
    regex_priority: z.int().min(0).max(2_147_483_647).default(0).meta({ title: 'Regex priority', description: 'Higher wins among regex routes.' }),
    https_redirect_status_code: z
      .literal([426, 301, 302, 307, 308])
      .default(426)
      .meta({ title: 'HTTPS redirect status', description: 'Answer to http where only https is allowed.' }),
    request_buffering: z.boolean().default(true).meta({
      title: 'Request buffering',
      description: 'A body of up to 64 KiB (a limit of the node) is held until it is whole before the upstream is asked; a longer one streams. Off: every body streams.',
    }),
    response_buffering: z.boolean().default(true).meta({
      title: 'Response buffering',
      description: 'An upstream may run ahead of a slow client by more (256 KiB, a limit of the node). Nothing is held back in either case.',
    }),
    tags,
  })
  .superRefine((route, context) => {
    const group = PROTOCOL_GROUPS.find((names) => names.includes(route.protocols[0] as string))
    if (!route.protocols.every((name) => group?.includes(name))) {
      context.addIssue({ code: 'custom', path: ['protocols'], message: 'http(s), grpc(s), tcp/tls/udp and tls_passthrough cannot be mixed' })
    }
    if (Object.keys(route.headers ?? {}).some((name) => name.toLowerCase() === 'host')) {
      context.addIssue({ code: 'custom', path: ['headers'], message: 'host is matched by the field hosts' })
    }
    for (const [name, values] of Object.entries(route.headers ?? {})) {
      for (const [index, value] of values.entries()) {
        const problem = value.startsWith('~*') ? regexProblem(value.slice(2)) : null
        if (problem !== null) context.addIssue({ code: 'custom', path: ['headers', name, index], message: problem })
      }
    }
    const anyOf = matchedBy(group?.[0] ?? 'http', route.protocols)
    if (anyOf.every((field) => route[field] === null || Object.keys(route[field] as object).length === 0)) {
      context.addIssue({ code: 'custom', path: [anyOf.includes('paths') ? 'paths' : (anyOf[0] ?? 'paths')], message: `must set one of ${anyOf.join(', ')}` })
    }
    if (group?.[0] !== 'http' && (route.methods?.length ?? 0) > 0) context.addIssue({ code: 'custom', path: ['methods'], message: `must be empty for ${route.protocols[0]}` })
    if (group?.[0] === 'grpc' && route.strip_path) context.addIssue({ code: 'custom', path: ['strip_path'], message: 'must be false for grpc and grpcs' })
    if (route.snis !== null && route.snis.length > 0 && !route.protocols.some((name) => ['https', 'grpcs', 'tls', 'tls_passthrough'].includes(name))) {
      context.addIssue({ code: 'custom', path: ['snis'], message: 'needs the protocol https, grpcs, tls or tls_passthrough' })
    }
  })
export type Route = z.infer<typeof routeSchema>
