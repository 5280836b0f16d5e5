import { CREDENTIAL_CHECKS } from '@sluice/plugins/handlers'
import { ENTITIES, type Entity } from '@sluice/shared/entities/registry'
import type { Issue } from '@sluice/shared/snapshot'
import type { TableEntry } from './entity-table.ts'

/** Protocols of services and routes that this node speaks. */
const SPOKEN: ReadonlySet<string> = new Set(['http', 'https', 'grpc', 'grpcs'])

/** Fields that would change where requests go, and that this node would otherwise pass over. */
function upstreamIssues(upstream: Entity<'upstream'>): Issue[] {
  const issue = (field: string, message: string): Issue => ({ path: `upstreams[${upstream.name}].${field}`, message })
  const { active, passive } = upstream.healthchecks
  const isChecked = active.healthy.interval > 0 || active.unhealthy.interval > 0
  const isWatched = passive.unhealthy.tcp_failures > 0 || passive.unhealthy.timeouts > 0 || passive.unhealthy.http_failures > 0
  return [
    ...(upstream.algorithm === 'round-robin' ? [] : [issue('algorithm', `this node balances by round-robin only, not by ${upstream.algorithm}`)]),
    ...(upstream.hash_on === 'none' ? [] : [issue('hash_on', `this node balances by round-robin only, not by a hash of ${upstream.hash_on}`)]),
    ...(upstream.use_srv_name ? [issue('use_srv_name', 'this node does not look up SRV records')] : []),
    ...(upstream.client_certificate === null ? [] : [issue('client_certificate', 'this node takes the client certificate from the service: set it there')]),
    ...(isChecked ? [issue('healthchecks.active', 'this node does not probe targets: set the intervals to 0')] : []),
    ...(isWatched ? [issue('healthchecks.passive', 'this node takes no target out by itself: set the failure counts to 0')] : []),
  ]
}

function keyIssues({ id, ttl }: Entity<'keyauth_credential'>): Issue[] {
  if (ttl === null || ttl === 0) return []
  return [{ path: `keyauth_credentials[${id}].ttl`, message: 'keys that expire are not there in this version: leave ttl out, and delete the key when its time has come' }]
}

type CheckedCredential = keyof typeof CREDENTIAL_CHECKS

/** Kinds of credentials with more to check than their schemas say. */
export const CHECKED_CREDENTIALS = Object.keys(CREDENTIAL_CHECKS) as CheckedCredential[]

function credentialIssues(type: CheckedCredential, entity: Entity<CheckedCredential>): Issue[] {
  const issues = CREDENTIAL_CHECKS[type]?.(entity) ?? []
  return issues.map(({ path, message }) => ({ path: `${ENTITIES[type].plural}[${entity.id}].${path}`, message }))
}

function serviceIssues({ id, name, protocol }: Entity<'service'>): Issue[] {
  if (SPOKEN.has(protocol)) return []
  return [{ path: `services[${name ?? id}].protocol`, message: `this node speaks http, https, grpc and grpcs to upstreams, not ${protocol}` }]
}

function routeIssues({ id, name, protocols }: Entity<'route'>): Issue[] {
  if (protocols.some((protocol) => SPOKEN.has(protocol))) return []
  return [{ path: `routes[${name ?? id}].protocols`, message: `this node serves http, https, grpc and grpcs, not ${protocols.join(', ')}` }]
}

/** What an operator may configure but this node cannot do: refused by name, never ignored. */
export function unsupportedIssues({ type, entity }: TableEntry): Issue[] {
  if (type === 'upstream') return upstreamIssues(entity as Entity<'upstream'>)
  if (type === 'keyauth_credential') return keyIssues(entity as Entity<'keyauth_credential'>)
  if (type === 'service') return serviceIssues(entity as Entity<'service'>)
  for (const kind of CHECKED_CREDENTIALS) if (type === kind) return credentialIssues(kind, entity as Entity<CheckedCredential>)
  return type === 'route' ? routeIssues(entity as Entity<'route'>) : []
}
