import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import type { Entity } from '@sluice/shared/entities/registry'
import type { CertificateAsking } from '../pipeline/compiled.ts'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet, EntityTable } from './entity-table.ts'
import type { Steps } from './slices.ts'

const ASKING = 'asking'
const asksOf = (plugin: Entity<'plugin'>) => (plugin.enabled && PLUGIN_SCHEMAS[plugin.name]?.asksForClientCertificate === true ? [ASKING] : [])

/** Server names as routes write them: `*` may stand for what is in front or behind. */
class ServerNames {
  readonly #exact = new Set<string>()
  readonly #suffixes: string[] = []
  readonly #prefixes: string[] = []

  add(pattern: string): void {
    const name = pattern.toLowerCase().replace(/\.$/, '')
    if (name.startsWith('*')) this.#suffixes.push(name.slice(1))
    else if (name.endsWith('*')) this.#prefixes.push(name.slice(0, -1))
    else this.#exact.add(name)
  }

  has(servername: string): boolean {
    const name = servername.toLowerCase().replace(/\.$/, '')
    return this.#exact.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix)) || this.#prefixes.some((prefix) => name.startsWith(prefix))
  }
}

/**
 * Whom a node asks for a certificate over TLS: clients that name a server of a route on which a plugin wants one, and all clients where it may
 * be wanted on a route without server names, since which route a request takes shows only after the handshake. Never changes: `with` gives
 * another one.
 */
export class CertificateRequests implements CertificateAsking {
  readonly #plugins: EntityIndex<'plugin'>
  /** Null: everybody is asked. */
  readonly #names: ServerNames | null

  private constructor(plugins: EntityIndex<'plugin'>, names: ServerNames | null) {
    this.#plugins = plugins
    this.#names = names
  }

  static empty(): CertificateRequests {
    return new CertificateRequests(EntityIndex.by<'plugin'>(asksOf), new ServerNames())
  }

  get isNone(): boolean {
    return this.#plugins.isEmpty
  }

  asks(servername: string | null): boolean {
    if (this.isNone) return false
    return this.#names === null || (servername !== null && this.#names.has(servername))
  }

  *with(changes: ChangeSet, routesOfService: EntityIndex<'route'>): Steps<CertificateRequests> {
    const plugins = yield* this.#plugins.with(changes.of('plugin'))
    if (plugins.isEmpty && this.isNone) return this
    if (!changes.touches('plugin', 'route', 'service')) return this
    return new CertificateRequests(plugins, yield* namesOf(plugins, changes.table, routesOfService))
  }
}

function* namesOf(plugins: EntityIndex<'plugin'>, table: EntityTable, routesOfService: EntityIndex<'route'>): Steps<ServerNames | null> {
  const names = new ServerNames()
  for (const { entity } of plugins.get(ASKING)) {
    for (const route of routesOf(entity, table, routesOfService)) {
      if (route === null || route.snis === null || route.snis.length === 0) return null
      for (const name of route.snis) names.add(name)
      yield
    }
  }
  return names
}

/** The routes for which a plugin may run; null stands for any. */
function routesOf({ route, service }: Entity<'plugin'>, table: EntityTable, routesOfService: EntityIndex<'route'>): (Entity<'route'> | null)[] {
  if (route !== null) return [table.get('route', route.id)?.entity ?? null]
  return service === null ? [null] : routesOfService.get(service.id).map(({ entity }) => entity)
}
