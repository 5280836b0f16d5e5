import type { PluginEnvironment } from '@sluice/plugins/contract'
import { PLUGIN_HANDLERS } from '@sluice/plugins/handlers'
import { priorityOf } from '@sluice/plugins/order'
import type { Entity } from '@sluice/shared/entities/registry'
import type { ChainPlugin, PluginChains } from '../pipeline/compiled.ts'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet } from './entity-table.ts'
import type { Steps } from './slices.ts'

type PluginEntity = Entity<'plugin'>
type Caller = { id: string; groups: readonly string[] }

const COMPARE = (a: ChainPlugin, b: ChainPlugin) => b.priority - a.priority || (a.name < b.name ? 1 : -1)

interface Place {
  route: string | null
  service: string | null
}

/** How a plugin may be bound, most specific first; the first of one plugin name runs. Kong: C+R+S, CG+S+R, C+R, C+S, CG+R, CG+S, R+S, C, CG, R, S, global. */
const BINDINGS: readonly { caller: 'consumer' | 'group' | 'none'; route: boolean; service: boolean }[] = [
  { caller: 'consumer', route: true, service: true },
  { caller: 'group', route: true, service: true },
  { caller: 'consumer', route: true, service: false },
  { caller: 'consumer', route: false, service: true },
  { caller: 'group', route: true, service: false },
  { caller: 'group', route: false, service: true },
  { caller: 'none', route: true, service: true },
  { caller: 'consumer', route: false, service: false },
  { caller: 'group', route: false, service: false },
  { caller: 'none', route: true, service: false },
  { caller: 'none', route: false, service: true },
  { caller: 'none', route: false, service: false },
]

const scopeKey = (route: string, service: string, caller: string) => `${route} ${service} ${caller}`

function callerOf({ consumer, consumer_group }: PluginEntity): string {
  return [consumer === null ? '' : `c${consumer.id}`, consumer_group === null ? '' : `g${consumer_group.id}`].join('')
}

function scopeOf(plugin: PluginEntity): string[] {
  return plugin.enabled ? [scopeKey(plugin.route?.id ?? '', plugin.service?.id ?? '', callerOf(plugin))] : []
}

/** The enabled plugins of a revision by the scope that each is bound to. Never changes: `with` gives another one. */
export class PluginScopes {
  readonly #byScope: EntityIndex<'plugin'>
  /** Those that are bound to a consumer or a group, by it. */
  readonly #byCaller: EntityIndex<'plugin'>

  private constructor(byScope: EntityIndex<'plugin'>, byCaller: EntityIndex<'plugin'>) {
    this.#byScope = byScope
    this.#byCaller = byCaller
  }

  static empty(): PluginScopes {
    return new PluginScopes(
      EntityIndex.by<'plugin'>(scopeOf),
      EntityIndex.by<'plugin'>((plugin) => (plugin.enabled && callerOf(plugin) !== '' ? [callerOf(plugin)] : [])),
    )
  }

  *with(changes: ChangeSet): Steps<PluginScopes> {
    if (!changes.touches('plugin')) return this
    return new PluginScopes(yield* this.#byScope.with(changes.of('plugin')), yield* this.#byCaller.with(changes.of('plugin')))
  }

  get hasCallers(): boolean {
    return !this.#byCaller.isEmpty
  }

  /** The one plugin of each name that runs. `groups` are the caller's in alphabetical order of their names: the first counts, as in Kong. */
  choose(place: Place, caller: { id: string; groups: readonly string[] } | null): PluginEntity[] {
    const chosen = new Map<string, PluginEntity>()
    for (const binding of BINDINGS) {
      const route = binding.route ? place.route : ''
      const service = binding.service ? place.service : ''
      if (route === null || service === null) continue
      for (const who of whoOf(binding.caller, caller)) {
        for (const { entity } of this.#byScope.get(scopeKey(route, service, who))) if (!chosen.has(entity.name)) chosen.set(entity.name, entity)
      }
    }
    return [...chosen.values()]
  }

  /** True where a plugin that applies at this place is bound to the caller or to a group of theirs. */
  isBound({ route, service }: Place, caller: Caller): boolean {
    const isAt = (who: string) => [route ?? '', ''].some((at) => [service ?? '', ''].some((to) => this.#byScope.get(scopeKey(at, to, who)).length > 0))
    return [...whoOf('consumer', caller), ...whoOf('group', caller)].some((who) => this.#byCaller.get(who).length > 0 && isAt(who))
  }
}

/** What `callerOf` says of plugins that are bound to the caller in this way; one may be bound to a consumer and a group at once. */
function whoOf(kind: 'consumer' | 'group' | 'none', caller: Caller | null): readonly string[] {
  if (kind === 'none') return ['']
  if (caller === null) return []
  const groups = caller.groups.map((id) => `g${id}`)
  return kind === 'group' ? groups : [`c${caller.id}`, ...groups.map((group) => `c${caller.id}${group}`)]
}

export type EnvironmentOf = (plugin: PluginEntity) => PluginEnvironment

/** Instances of plugins, each made once and shared by all chains that it is in, for as long as what it can see of the configuration stays. */
export class PluginInstances {
  readonly #made = new WeakMap<PluginEntity, ChainPlugin>()
  readonly #environmentOf: EnvironmentOf

  constructor(environmentOf: EnvironmentOf) {
    this.#environmentOf = environmentOf
  }

  of(plugin: PluginEntity): ChainPlugin {
    const present = this.#made.get(plugin)
    if (present !== undefined) return present
    const create = PLUGIN_HANDLERS.get(plugin.name)
    if (create === undefined) throw new Error(`no handler for the plugin ${plugin.name}`)
    const made = { name: plugin.name, id: plugin.id, priority: priorityOf(plugin.name), instance: create(plugin.config, this.#environmentOf(plugin)) }
    this.#made.set(plugin, made)
    return made
  }
}

/** Makes chains when a request first needs them: a change of a plugin may touch every route, and must not cost all of them. */
export class ChainBuilder {
  readonly #scopes: PluginScopes
  readonly #instances: PluginInstances
  readonly #groupName: (id: string) => string

  /** `groupName` by id; empty where there is no such group. */
  constructor(scopes: PluginScopes, instances: PluginInstances, groupName: (id: string) => string) {
    this.#scopes = scopes
    this.#instances = instances
    this.#groupName = groupName
  }

  chain(place: Place, caller: Caller | null): ChainPlugin[] {
    const sorted = caller === null ? null : { id: caller.id, groups: this.#byName(caller.groups) }
    return this.#scopes
      .choose(place, sorted)
      .map((plugin) => this.#instances.of(plugin))
      .sort(COMPARE)
  }

  /** Chains of a route. Those of consumers are made when one first comes, since most consumers have nothing bound to them. */
  chains(place: Place): PluginChains {
    const base = this.chain(place, null)
    if (!this.#scopes.hasCallers) return { base, forConsumer: () => base }
    const byConsumer = new Map<string, ChainPlugin[]>()
    return {
      base,
      forConsumer: (consumer) => {
        if (!this.#scopes.isBound(place, consumer)) return base
        const chain = byConsumer.get(consumer.id) ?? this.chain(place, consumer)
        byConsumer.set(consumer.id, chain)
        return chain
      },
    }
  }

  #byName(groups: readonly string[]): string[] {
    const name = this.#groupName
    return [...groups].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0))
  }
}
