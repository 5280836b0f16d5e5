import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { CounterTable, PluginEnvironment } from '@sluice/plugins/contract'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { checkEntities } from '@sluice/shared/declarative/check'
import type { Entity } from '@sluice/shared/entities/registry'
import { parseTarget } from '@sluice/shared/entities/upstream'
import { compileRouter } from '@sluice/shared/routing/compile'
import type { Issue, Snapshot, SnapshotEntity } from '@sluice/shared/snapshot'
import { type RingState, type RingTarget, WeightedRing } from '../balancer/ring.ts'
import type { CompiledConfig, CompiledRoute, CompiledService, CompiledUpstream } from '../pipeline/compiled.ts'
import type { UpstreamTls } from '../upstream/pools.ts'
import { compileCertificates } from './certificates.ts'
import { ChainBuilder } from './chains.ts'
import { indexCredentials } from './credentials.ts'

/** What compiled plugins and balancers reach of the outside. */
export interface CompileEnvironment {
  counters: CounterTable
  clock: { nowMs(): number }
  random(): number
  uuid(): string
  node: { id: string; hostname: string; pid: number }
  log(level: 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
  /** Balancer state by upstream name, kept over revisions. */
  rings: Map<string, RingState>
}

export type CompileResult = { ok: true; config: CompiledConfig } | { ok: false; issues: Issue[] }

function pick<T extends SnapshotEntity['type']>(entities: readonly SnapshotEntity[], type: T): Entity<T>[] {
  return entities.filter((entry) => entry.type === type).map(({ entity }) => entity as Entity<T>)
}

/** Fields that would change where requests go, and that this node would otherwise pass over. */
function unsupportedUpstream(upstream: Entity<'upstream'>): Issue[] {
  const issue = (field: string, message: string): Issue => ({ path: `upstreams[${upstream.name}].${field}`, message })
  const { active, passive } = upstream.healthchecks
  const isChecked = active.healthy.interval > 0 || active.unhealthy.interval > 0
  const isWatched = passive.unhealthy.tcp_failures > 0 || passive.unhealthy.timeouts > 0 || passive.unhealthy.http_failures > 0
  return [
    ...(upstream.hash_on === 'none' ? [] : [issue('hash_on', `this node balances by round-robin only, not by a hash of ${upstream.hash_on}`)]),
    ...(upstream.use_srv_name ? [issue('use_srv_name', 'this node does not look up SRV records')] : []),
    ...(upstream.client_certificate === null ? [] : [issue('client_certificate', 'this node takes the client certificate from the service: set it there')]),
    ...(isChecked ? [issue('healthchecks.active', 'this node does not probe targets: set the intervals to 0')] : []),
    ...(isWatched ? [issue('healthchecks.passive', 'this node takes no target out by itself: set the failure counts to 0')] : []),
  ]
}

/** Protocols of services and routes that this node speaks. */
const SPOKEN: ReadonlySet<string> = new Set(['http', 'https', 'grpc', 'grpcs'])
const OVER_TLS: ReadonlySet<string> = new Set(['https', 'grpcs'])

/** What an operator may configure but this node cannot do: refused by name, never ignored. */
function unsupported(entities: readonly SnapshotEntity[]): Issue[] {
  const issues: Issue[] = []
  for (const { type, entity } of entities) {
    if (type === 'upstream' && entity.algorithm !== 'round-robin')
      issues.push({ path: `upstreams[${entity.name}].algorithm`, message: `this node balances by round-robin only, not by ${entity.algorithm}` })
    if (type === 'upstream') issues.push(...unsupportedUpstream(entity as unknown as Entity<'upstream'>))
    if (type === 'keyauth_credential' && entity.ttl !== null && entity.ttl !== 0)
      issues.push({
        path: `keyauth_credentials[${entity.id}].ttl`,
        message: 'keys that expire are not there in this version: leave ttl out, and delete the key when its time has come',
      })
    if (type === 'service' && !SPOKEN.has(String(entity.protocol)))
      issues.push({ path: `services[${entity.name ?? entity.id}].protocol`, message: `this node speaks http, https, grpc and grpcs to upstreams, not ${entity.protocol}` })
    if (type === 'route' && !(entity.protocols as string[]).some((protocol) => SPOKEN.has(protocol))) {
      issues.push({
        path: `routes[${entity.name ?? entity.id}].protocols`,
        message: `this node serves http, https, grpc and grpcs, not ${(entity.protocols as string[]).join(', ')}`,
      })
    }
  }
  return issues
}

function compileUpstreams(entities: readonly SnapshotEntity[], rings: Map<string, RingState>): Map<string, CompiledUpstream> {
  const targets = new Map<string, RingTarget[]>()
  for (const target of pick(entities, 'target')) {
    const address = parseTarget(target.target)
    if (address === null) continue
    targets.set(target.upstream.id, [...(targets.get(target.upstream.id) ?? []), { ...address, weight: target.weight }])
  }
  const compiled = new Map<string, CompiledUpstream>()
  for (const upstream of pick(entities, 'upstream')) {
    const state = rings.get(upstream.name) ?? new Map<string, number>()
    rings.set(upstream.name, state)
    compiled.set(upstream.name, { balancer: new WeightedRing(targets.get(upstream.id) ?? [], state), hostHeader: upstream.host_header })
  }
  return compiled
}

function compileTls(service: Entity<'service'>, entities: readonly SnapshotEntity[]): (servername: string) => UpstreamTls {
  const trusted = pick(entities, 'ca_certificate').filter(({ id }) => service.ca_certificates?.includes(id))
  const client = pick(entities, 'certificate').find(({ id }) => id === service.client_certificate?.id)
  const verify = service.tls_verify ?? true
  const isOwn = trusted.length > 0 || client !== undefined
  const context = isOwn
    ? createSecureContext({ ...(trusted.length > 0 ? { ca: trusted.map(({ cert }) => cert) } : {}), ...(client === undefined ? {} : { cert: client.cert, key: client.key }) })
    : null
  const settings = createHash('sha256')
    .update(JSON.stringify([verify, trusted.map(({ cert }) => cert), client?.cert ?? null]))
    .digest('hex')
  return (servername) => ({ verify, servername, context, identity: settings })
}

function compileServices(entities: readonly SnapshotEntity[]): Map<string, CompiledService> {
  return new Map(
    pick(entities, 'service')
      .filter((service) => service.enabled)
      .map((service) => [
        service.id,
        {
          id: service.id,
          name: service.name,
          host: service.host,
          port: service.port,
          path: service.path,
          scheme: OVER_TLS.has(service.protocol) ? 'https' : 'http',
          protocol: service.protocol.startsWith('grpc') ? 'h2' : 'http1',
          retries: service.retries,
          connectTimeoutMs: service.connect_timeout,
          readTimeoutMs: service.read_timeout,
          writeTimeoutMs: service.write_timeout,
          tls: OVER_TLS.has(service.protocol) ? compileTls(service, entities) : null,
        },
      ]),
  )
}

function compileRoutes(routes: readonly Entity<'route'>[], services: ReadonlyMap<string, CompiledService>, chains: ChainBuilder): Map<string, CompiledRoute> {
  return new Map(
    routes.map((route) => [
      route.id,
      {
        id: route.id,
        name: route.name,
        service: route.service === null ? null : (services.get(route.service.id) ?? null),
        protocols: new Set<string>(route.protocols),
        stripPath: route.strip_path,
        preserveHost: route.preserve_host,
        redirectStatus: route.https_redirect_status_code,
        chains: chains.chains(route.id, route.service?.id ?? null),
      },
    ]),
  )
}

/** Checks a snapshot and builds everything that requests need, once per revision. With one issue nothing is built. */
export function compileConfig(snapshot: Snapshot, environment: CompileEnvironment): CompileResult {
  const checked = checkEntities(snapshot.entities, PLUGIN_SCHEMAS)
  if (!checked.ok) return checked
  const { entities } = checked
  const certificates = compileCertificates(entities)
  const issues = [...unsupported(entities), ...certificates.issues]
  if (issues.length > 0) return { ok: false, issues }
  const upstreams = compileUpstreams(entities, environment.rings)
  const services = compileServices(entities)
  const credentials = indexCredentials(entities)
  const environmentOf = (plugin: Entity<'plugin'>): PluginEnvironment => ({
    ...environment,
    pluginId: plugin.id,
    scope: { service: plugin.service?.id ?? null, route: plugin.route?.id ?? null, consumer: plugin.consumer?.id ?? null, consumer_group: plugin.consumer_group?.id ?? null },
    credentials,
    upstreamAvailable: (name) => {
      const upstream = upstreams.get(name)
      return upstream === undefined ? null : upstream.balancer.targets.length > 0
    },
  })
  const groupNames = new Map(pick(entities, 'consumer_group').map(({ id, name }) => [id, name]))
  const chains = new ChainBuilder(pick(entities, 'plugin'), environmentOf, groupNames)
  const routes = pick(entities, 'route').filter((route) => route.service === null || services.has(route.service.id))
  return {
    ok: true,
    config: {
      revision: snapshot.revision,
      hash: snapshot.hash,
      router: compileRouter(routes),
      routes: compileRoutes(routes, services, chains),
      upstreams,
      globalChain: chains.chain({ route: null, service: null, consumer: null }),
      certificateFor: certificates.find,
      fallbackCertificate: certificates.fallback,
    },
  }
}
