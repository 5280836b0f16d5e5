import type { FormSection } from '../../ui/schema-form/sections.ts'

export const SERVICE_SECTIONS: readonly FormSection[] = [
  { title: 'Service', fields: ['name', 'enabled', 'tags'] },
  { title: 'Where requests go', note: 'a host, or an upstream', fields: ['protocol', 'host', 'port', 'path'] },
  { title: 'Attempts and timeouts', fields: ['retries', 'connect_timeout', 'write_timeout', 'read_timeout'] },
  { title: 'TLS to the service', note: 'for https', folded: true, fields: ['tls_verify', 'tls_verify_depth', 'ca_certificates', 'client_certificate'] },
]

export const SERVICE_SUMMARY = {
  title: 'A service',
  text: 'One of your applications as the gateway reaches it. Routes say which requests it gets; plugins say what happens on the way. To balance over several addresses, make an upstream and write its name as the host.',
}

const SPOKEN: ReadonlySet<unknown> = new Set(['http', 'https'])

/** What is valid as configuration, but not what the nodes can do. */
export function serviceAdvice(draft: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  if (SPOKEN.has(draft.protocol ?? 'http')) return {}
  return { protocol: `Nodes speak http and https to services so far. A node rejects a revision with ${String(draft.protocol)} and keeps serving the one before.` }
}
