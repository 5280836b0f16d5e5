import * as z from 'zod'
import { host, port, reference, tags, timeoutMs, utf8Name } from './fields.ts'

export const SERVICE_PROTOCOLS = ['http', 'https', 'grpc', 'grpcs', 'tcp', 'tls', 'tls_passthrough', 'udp'] as const
const WITHOUT_PATH = new Set<string>(['tcp', 'tls', 'tls_passthrough', 'udp', 'grpc', 'grpcs'])
const WITH_TLS = new Set<string>(['https', 'tls', 'grpcs'])

/** A named backend application. Fields, defaults and rules are Kong's (`/services`). */
export const serviceSchema = z
  .strictObject({
    name: utf8Name.nullable().default(null).meta({ title: 'Name', description: 'Unique in the workspace.' }),
    protocol: z.enum(SERVICE_PROTOCOLS).default('http').meta({ title: 'Protocol', description: 'How the upstream is spoken to.' }),
    host: host.meta({ title: 'Host', description: 'A host name, an address, or the name of an upstream to balance over its targets.' }),
    port: port.default(80).meta({ title: 'Port', description: 'Ignored when the host is an upstream: its targets have ports.' }),
    path: z
      .string()
      .max(1024)
      .regex(/^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/, { error: 'must start with / and hold URL characters only, without a query' })
      .refine((path) => !path.includes('//'), { error: 'must not have an empty segment (//)' })
      .nullable()
      .default(null)
      .meta({ title: 'Path', description: 'Put before the request path.' }),
    retries: z.int().min(0).max(32_767).default(5).meta({ title: 'Retries', description: 'Further attempts after a failure in which nothing was sent.' }),
    connect_timeout: timeoutMs('Connect timeout', 'Time to open a connection.'),
    write_timeout: timeoutMs('Write timeout', 'Longest pause between two writes to the upstream.'),
    read_timeout: timeoutMs('Read timeout', 'Longest pause between two reads from the upstream.'),
    client_certificate: reference.nullable().default(null).meta({ title: 'Client certificate', description: 'Shown to the upstream over TLS.', entity: 'certificate' }),
    tls_verify: z.boolean().nullable().default(null).meta({ title: 'Verify TLS', description: 'Check the certificate of the upstream. Unset: it is checked.' }),
    tls_verify_depth: z.int().min(0).max(64).nullable().default(null).meta({ title: 'TLS verify depth', description: 'Longest chain accepted.' }),
    ca_certificates: z
      .array(z.uuid())
      .max(32)
      .nullable()
      .default(null)
      .meta({ title: 'CA certificates', description: 'Trusted instead of the system’s.', entity: 'ca_certificate' }),
    enabled: z.boolean().default(true).meta({ title: 'Enabled', description: 'Routes of a disabled service answer 404.' }),
    tags,
  })
  .superRefine((service, context) => {
    if (service.path !== null && WITHOUT_PATH.has(service.protocol)) {
      context.addIssue({ code: 'custom', path: ['path'], message: `must be empty for ${service.protocol}` })
    }
    if (!WITH_TLS.has(service.protocol)) {
      for (const field of ['client_certificate', 'tls_verify', 'tls_verify_depth', 'ca_certificates'] as const) {
        if (service[field] !== null) context.addIssue({ code: 'custom', path: [field], message: 'needs the protocol https, tls or grpcs' })
      }
    }
  })
export type Service = z.infer<typeof serviceSchema>

const DEFAULT_PORTS: Record<string, number> = { http: 80, https: 443, grpc: 80, grpcs: 443, tcp: 80, tls: 443, udp: 80, tls_passthrough: 443 }

/** Kong's `url` shorthand: protocol, host, port and path in one field. Fields beside it are kept where the URL does not set them. */
export function expandServiceUrl(input: Record<string, unknown>): Record<string, unknown> {
  if (typeof input.url !== 'string') return input
  const { url, ...rest } = input
  const parts = /^([a-z_]+):\/\/(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?(\/[^?#]*)?$/i.exec(url as string)
  if (parts === null) return input
  const protocol = (parts[1] as string).toLowerCase()
  const given = parts[3] === undefined ? undefined : Number(parts[3])
  return { ...rest, protocol, host: parts[2], port: given ?? DEFAULT_PORTS[protocol] ?? 80, path: parts[4] ?? null }
}
