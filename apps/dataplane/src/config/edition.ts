import type { PluginEnvironment } from '@sluice/plugins/contract'
import type { Entity } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import type { DeltaChange } from '@sluice/shared/protocol'
import { compileRouter, type Router } from '@sluice/shared/routing/compile'
import type { Issue } from '@sluice/shared/snapshot'
import type { CompiledConfig } from '../pipeline/compiled.ts'
import { CertificateRequests } from './certificate-requests.ts'
import { Certificates } from './certificates.ts'
import { ChainBuilder, PluginInstances, PluginScopes } from './chains.ts'
import type { CompileEnvironment } from './compile-environment.ts'
import { Credentials } from './credentials.ts'
import { EntityIndex } from './entity-index.ts'
import { type ChangeSet, EntityTable, type TableEntry, type Touch } from './entity-table.ts'
import { RouteBinding, Routes } from './routes.ts'
import { Services } from './services.ts'
import type { Steps } from './slices.ts'
import { CHECKED_CREDENTIALS, unsupportedIssues } from './unsupported.ts'
import { Upstreams } from './upstreams.ts'

/** Routes that a draft of the router takes before it is finished. */
const ROUTES_PER_DRAFT = 512

export interface Update {
  revision: number
  hash: string
  changes: Iterable<DeltaChange>
}

export type EditionResult = { ok: true; edition: Edition } | { ok: false; issues: Issue[] }

/** The parts of a compiled revision; none of them changes. */
interface Parts {
  revision: number
  hash: string
  table: EntityTable
  certificates: Certificates
  certificateRequests: CertificateRequests
  upstreams: Upstreams
  services: Services
  credentials: Credentials
  plugins: PluginScopes
  instances: PluginInstances
  binding: RouteBinding
  routesOfService: EntityIndex<'route'>
  /** Routes that are not of a disabled service. */
  routes: PersistentMap<Entity<'route'>>
  router: Router
}

/**
 * A compiled revision with all that the next one needs from it. `with` gives the edition after some changes for what these cost; this one
 * stays whole, so an update that is given up leaves nothing behind, and an exchange keeps the edition that it began with.
 */
export class Edition {
  readonly config: CompiledConfig
  readonly #parts: Parts

  private constructor(parts: Parts, config: CompiledConfig) {
    this.#parts = parts
    this.config = config
  }

  /** Revision 0: nothing is in it. */
  static empty(environment: CompileEnvironment): Edition {
    const parts: Omit<Parts, 'instances' | 'binding'> = {
      revision: 0,
      hash: '',
      table: EntityTable.empty(),
      certificates: Certificates.empty(),
      certificateRequests: CertificateRequests.empty(),
      upstreams: Upstreams.empty(),
      services: Services.empty(),
      credentials: Credentials.empty(),
      plugins: PluginScopes.empty(),
      routesOfService: EntityIndex.by<'route'>(({ service }) => (service === null ? [] : [service.id])),
      routes: PersistentMap.empty(),
      router: compileRouter([]),
    }
    const instances = new PluginInstances(pluginEnvironments(parts, environment))
    return Edition.#assemble({ ...parts, instances, binding: bind(parts, instances) }, bindChains(parts, instances))
  }

  /** Checks the changes and compiles what they touch. With one issue nothing is built. Throws where something cannot be compiled. */
  *with(update: Update, environment: CompileEnvironment): Steps<EditionResult> {
    const checked = yield* this.#parts.table.with(update.changes)
    if (!checked.ok) return checked
    const { changes } = checked
    const unsupported = yield* findUnsupported(changes)
    const { certificates, issues } = yield* this.#parts.certificates.with(changes)
    if (unsupported.length > 0 || issues.length > 0) return { ok: false, issues: [...unsupported, ...issues] }
    const { revision, hash } = update
    const services = yield* this.#parts.services.with(changes)
    const upstreams = yield* this.#parts.upstreams.with(changes, environment.rings)
    const credentials = yield* this.#parts.credentials.with(changes)
    const plugins = yield* this.#parts.plugins.with(changes)
    const routing = yield* this.#withRoutes(changes, services)
    const certificateRequests = yield* this.#parts.certificateRequests.with(changes, routing.routesOfService)
    const parts = { revision, hash, table: changes.table, certificates, certificateRequests, services, upstreams, credentials, plugins, ...routing }
    const isSeenAnew = credentials !== this.#parts.credentials || upstreams !== this.#parts.upstreams || changes.touches('ca_certificate')
    const instances = isSeenAnew ? new PluginInstances(pluginEnvironments(parts, environment)) : this.#parts.instances
    // One that cannot be made is found now, not at the first request.
    for (const { after } of changes.of('plugin')) {
      if (after?.entity.enabled === true) instances.of(after.entity)
      yield
    }
    const isBoundAnew = isSeenAnew || services !== this.#parts.services || changes.touches('plugin', 'consumer_group')
    const binding = isBoundAnew ? bind(parts, instances) : this.#parts.binding
    return { ok: true, edition: Edition.#assemble({ ...parts, instances, binding }, bindChains(parts, instances)) }
  }

  *#withRoutes(changes: ChangeSet, services: Services): Steps<Pick<Parts, 'routes' | 'router' | 'routesOfService'>> {
    const routesOfService = yield* this.#parts.routesOfService.with(changes.of('route'))
    const isRouted = ({ service }: Entity<'route'>) => service === null || services.byId.has(service.id)
    const routes = this.#parts.routes.draft()
    let router = this.#parts.router.draft()
    let count = 0
    const put = (id: string, route: Entity<'route'> | null) => {
      const routed = route !== null && isRouted(route) ? route : null
      routes.set(id, routed ?? undefined)
      router.set(id, routed)
      count += 1
      // Each part is small enough to be finished in one step.
      if (count % ROUTES_PER_DRAFT === 0) router = router.finish().draft()
    }
    for (const touch of changes.of('service')) {
      for (const { entity } of isSwitched(touch) ? routesOfService.get(touch.after.entity.id) : []) {
        put(entity.id, entity)
        yield
      }
    }
    for (const { before, after } of changes.of('route')) {
      put(((after ?? before) as TableEntry).entity.id, after?.entity ?? null)
      yield
    }
    return count === 0 ? { routes: this.#parts.routes, router: this.#parts.router, routesOfService } : { routes: routes.finish(), router: router.finish(), routesOfService }
  }

  static #assemble(parts: Parts, chains: ChainBuilder): Edition {
    const { certificates } = parts
    return new Edition(parts, {
      revision: parts.revision,
      hash: parts.hash,
      router: parts.router,
      routes: new Routes(parts.routes, parts.binding),
      upstreams: parts.upstreams.byName,
      globalChain: chains.chain({ route: null, service: null }, null),
      certificateFor: (servername) => certificates.find(servername),
      fallbackCertificate: certificates.fallback,
      clientCertificates: parts.certificateRequests,
    })
  }
}

/** True where a service that stays is switched on or off: its routes come or go with it. */
function isSwitched(touch: Touch<'service'>): touch is { before: NonNullable<Touch<'service'>['before']>; after: NonNullable<Touch<'service'>['after']> } {
  return touch.before !== null && touch.after !== null && touch.before.entity.enabled !== touch.after.entity.enabled
}

function* findUnsupported(changes: ChangeSet): Steps<Issue[]> {
  const found: { position: number; issues: Issue[] }[] = []
  for (const type of ['upstream', 'keyauth_credential', ...CHECKED_CREDENTIALS, 'service', 'route'] as const) {
    for (const { after } of changes.of(type)) {
      const issues = after === null ? [] : unsupportedIssues(after)
      if (after !== null && issues.length > 0) found.push({ position: after.position, issues })
      yield
    }
  }
  return found.sort((a, b) => a.position - b.position).flatMap(({ issues }) => issues)
}

function pluginEnvironments(
  { credentials, upstreams, table }: Pick<Parts, 'credentials' | 'upstreams' | 'table'>,
  environment: CompileEnvironment,
): (plugin: Entity<'plugin'>) => PluginEnvironment {
  return (plugin) => ({
    ...environment,
    pluginId: plugin.id,
    scope: { service: plugin.service?.id ?? null, route: plugin.route?.id ?? null, consumer: plugin.consumer?.id ?? null, consumer_group: plugin.consumer_group?.id ?? null },
    credentials,
    caCertificate: (id) => table.get('ca_certificate', id)?.entity.cert ?? null,
    upstreamAvailable: (name) => {
      const upstream = upstreams.byName.get(name)
      return upstream === undefined ? null : upstream.balancer.targets.length > 0
    },
  })
}

function bindChains({ plugins, table }: Pick<Parts, 'plugins' | 'table'>, instances: PluginInstances): ChainBuilder {
  return new ChainBuilder(plugins, instances, (id) => table.get('consumer_group', id)?.entity.name ?? '')
}

function bind(parts: Pick<Parts, 'plugins' | 'table' | 'services'>, instances: PluginInstances): RouteBinding {
  return new RouteBinding(parts.services.byId, bindChains(parts, instances))
}
