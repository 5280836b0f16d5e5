import * as z from 'zod'
import { isHostname, isIpv4, isIpv6, reference, tags } from './fields.ts'

const statuses = (...codes: number[]) => z.array(z.int().min(100).max(999)).max(64).default(codes)
const counter = z.int().min(0).max(255).default(0)
const seconds = (value: number) => z.number().min(0).max(65_535).default(value)
const PASSIVE_OK = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308]
const CHECK_TYPES = ['tcp', 'http', 'https', 'grpc', 'grpcs'] as const

/** Kong's `healthchecks`; everything is off by default, as there. */
export const healthchecksSchema = z
  .strictObject({
    active: z
      .strictObject({
        type: z.enum(CHECK_TYPES).default('http'),
        timeout: seconds(1),
        concurrency: z.int().min(1).max(2_147_483_648).default(10),
        http_path: z.string().startsWith('/').default('/'),
        https_sni: z.string().nullable().default(null),
        https_verify_certificate: z.boolean().default(true),
        headers: z.record(z.string(), z.array(z.string())).nullable().default(null),
        healthy: z.strictObject({ interval: seconds(0), successes: counter, http_statuses: statuses(200, 302) }).prefault({}),
        unhealthy: z
          .strictObject({ interval: seconds(0), tcp_failures: counter, timeouts: counter, http_failures: counter, http_statuses: statuses(429, 404, 500, 501, 502, 503, 504, 505) })
          .prefault({}),
      })
      .prefault({}),
    passive: z
      .strictObject({
        type: z.enum(CHECK_TYPES).default('http'),
        healthy: z.strictObject({ successes: counter, http_statuses: statuses(...PASSIVE_OK) }).prefault({}),
        unhealthy: z.strictObject({ tcp_failures: counter, timeouts: counter, http_failures: counter, http_statuses: statuses(429, 500, 503) }).prefault({}),
      })
      .prefault({}),
    threshold: z.number().min(0).max(100).default(0),
  })
  .prefault({})

const HASH_INPUTS = ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'] as const
const optionalText = z.string().min(1).max(256).nullable().default(null)

const HASH_FIELDS = { header: 'hash_on_header', cookie: 'hash_on_cookie', query_arg: 'hash_on_query_arg', uri_capture: 'hash_on_uri_capture' } as const
const FALLBACK_FIELDS = { header: 'hash_fallback_header', cookie: 'hash_on_cookie', query_arg: 'hash_fallback_query_arg', uri_capture: 'hash_fallback_uri_capture' } as const

/** A named group of targets with a balancing policy. Fields, defaults and rules are Kong's (`/upstreams`). */
export const upstreamSchema = z
  .strictObject({
    name: z
      .string()
      .max(253)
      .refine((name) => isHostname(name) && !isIpv4(name), { error: 'must be a host name without a port, not an address' })
      .meta({ title: 'Name', description: 'A service sends traffic here by having this name as its host.' }),
    algorithm: z
      .enum(['round-robin', 'consistent-hashing', 'least-connections', 'latency'])
      .default('round-robin')
      .meta({ title: 'Algorithm', description: 'How a target is chosen. Nodes balance by weighted round-robin so far; the others are refused by the node.' }),
    hash_on: z.enum(HASH_INPUTS).default('none').meta({ title: 'Hash on', description: 'Input of consistent hashing.' }),
    hash_fallback: z.enum(HASH_INPUTS).default('none').meta({ title: 'Hash fallback', description: 'Used where the first input is missing.' }),
    hash_on_header: optionalText,
    hash_fallback_header: optionalText,
    hash_on_cookie: optionalText,
    hash_on_cookie_path: z.string().startsWith('/').default('/'),
    hash_on_query_arg: optionalText,
    hash_fallback_query_arg: optionalText,
    hash_on_uri_capture: optionalText,
    hash_fallback_uri_capture: optionalText,
    slots: z.int().min(10).max(65_536).default(10_000).meta({ title: 'Slots', description: 'Size of the hash ring.' }),
    host_header: z.string().max(260).nullable().default(null).meta({ title: 'Host header', description: 'Sent to the targets instead of their host.' }),
    client_certificate: reference
      .nullable()
      .default(null)
      .meta({ title: 'Client certificate', description: 'Shown to the targets over TLS where the service names none.', entity: 'certificate' }),
    use_srv_name: z.boolean().default(false),
    healthchecks: healthchecksSchema,
    tags,
  })
  .superRefine((upstream, context) => {
    const needed = HASH_FIELDS[upstream.hash_on as keyof typeof HASH_FIELDS]
    if (needed !== undefined && upstream[needed] === null) context.addIssue({ code: 'custom', path: [needed], message: `must be set when hash_on is ${upstream.hash_on}` })
    const fallback = FALLBACK_FIELDS[upstream.hash_fallback as keyof typeof FALLBACK_FIELDS]
    if (fallback !== undefined && upstream[fallback] === null) {
      context.addIssue({ code: 'custom', path: [fallback], message: `must be set when hash_fallback is ${upstream.hash_fallback}` })
    }
    const isSame = needed !== undefined && fallback !== undefined && upstream.hash_on === upstream.hash_fallback && upstream[needed] !== null
    if (isSame && upstream[needed]?.toLowerCase() === upstream[fallback]?.toLowerCase()) {
      context.addIssue({ code: 'custom', path: [fallback], message: `must differ from ${needed}` })
    }
    if ((upstream.hash_on === 'none' || upstream.hash_on === 'cookie') && upstream.hash_fallback !== 'none') {
      context.addIssue({ code: 'custom', path: ['hash_fallback'], message: `must be none when hash_on is ${upstream.hash_on}` })
    }
    if (['consumer', 'ip', 'path'].includes(upstream.hash_on) && upstream.hash_fallback === upstream.hash_on) {
      context.addIssue({ code: 'custom', path: ['hash_fallback'], message: 'must differ from hash_on' })
    }
  })
export type Upstream = z.infer<typeof upstreamSchema>

/** Splits `host[:port]`; the default port is Kong's 8000. Null when it is neither. */
export function parseTarget(text: string): { host: string; port: number } | null {
  const parts = /^(\[[0-9a-f:.]+\]|[^[\]:]+)(?::(\d{1,5}))?$/i.exec(text)
  if (parts === null) return null
  const host = (parts[1] as string).replace(/^\[|\]$/g, '')
  const port = parts[2] === undefined ? 8000 : Number(parts[2])
  if (port > 65_535 || !(isHostname(host) || isIpv4(host) || isIpv6(host))) return null
  return { host, port }
}

/** One address with a weight in an upstream. Unique on (upstream, target). */
export const targetSchema = z.strictObject({
  upstream: reference.meta({ title: 'Upstream', description: 'The group it belongs to.' }),
  target: z
    .string()
    .max(260)
    .refine((text) => parseTarget(text) !== null, { error: 'must be host:port; without a port it is 8000' })
    .transform((text) => (/:\d+$/.test(text) ? text : `${text}:8000`))
    .meta({ title: 'Target', description: 'host:port' }),
  weight: z.int().min(0).max(65_535).default(100).meta({ title: 'Weight', description: 'Share of the traffic among the targets; 0 drains it.' }),
  tags,
})
export type Target = z.infer<typeof targetSchema>
