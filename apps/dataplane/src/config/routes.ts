import type { Entity } from '@sluice/shared/entities/registry'
import type { PersistentMap } from '@sluice/shared/persistent-map'
import type { CompiledRoute, CompiledService, Lookup } from '../pipeline/compiled.ts'
import type { ChainBuilder } from './chains.ts'

type RouteEntity = Entity<'route'>

interface Made {
  entity: RouteEntity
  compiled: CompiledRoute
}

/** Tables that keep compiled routes: none grows so large that its growth would be felt. */
const TABLES = 64

/** What routes are compiled with, and those that were. Revisions share it until services or plugins change. */
export class RouteBinding {
  readonly #services: PersistentMap<CompiledService>
  readonly #chains: ChainBuilder
  readonly #made = Array.from({ length: TABLES }, () => new Map<string, Made>())

  constructor(services: PersistentMap<CompiledService>, chains: ChainBuilder) {
    this.#services = services
    this.#chains = chains
  }

  compile(entity: RouteEntity): CompiledRoute {
    const { id } = entity
    const table = this.#made[(id.charCodeAt(id.length - 1) + id.charCodeAt(id.length - 2) * 5) & (TABLES - 1)] as Map<string, Made>
    const made = table.get(id)
    if (made !== undefined && made.entity === entity) return made.compiled
    const compiled = this.#compile(entity)
    table.set(id, { entity, compiled })
    return compiled
  }

  #compile(route: RouteEntity): CompiledRoute {
    return {
      id: route.id,
      name: route.name,
      service: route.service === null ? null : (this.#services.get(route.service.id) ?? null),
      protocols: new Set<string>(route.protocols),
      stripPath: route.strip_path,
      preserveHost: route.preserve_host,
      buffersRequest: route.request_buffering,
      buffersAnswer: route.response_buffering,
      redirectStatus: route.https_redirect_status_code,
      chains: this.#chains.chains({ route: route.id, service: route.service?.id ?? null }),
    }
  }
}

/** The routes of a revision, each compiled when a request first needs it. */
export class Routes implements Lookup<CompiledRoute> {
  readonly #entities: PersistentMap<RouteEntity>
  readonly #binding: RouteBinding

  constructor(entities: PersistentMap<RouteEntity>, binding: RouteBinding) {
    this.#entities = entities
    this.#binding = binding
  }

  get(id: string): CompiledRoute | undefined {
    const entity = this.#entities.get(id)
    return entity === undefined ? undefined : this.#binding.compile(entity)
  }

  get size(): number {
    return this.#entities.size
  }

  *values(): Generator<CompiledRoute> {
    for (const entity of this.#entities.values()) yield this.#binding.compile(entity)
  }
}
