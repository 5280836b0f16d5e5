import type { PluginEnvironment } from '@sluice/plugins/contract'
import { PLUGIN_HANDLERS } from '@sluice/plugins/handlers'
import { PLUGIN_ORDER } from '@sluice/plugins/order'
import type { Entity } from '@sluice/shared/entities/registry'
import type { ChainPlugin, PluginChains } from '../pipeline/compiled.ts'

type PluginEntity = Entity<'plugin'>

const PRIORITIES: ReadonlyMap<string, number> = new Map(PLUGIN_ORDER.map(({ name, priority }) => [name, priority]))
const COMPARE = (a: ChainPlugin, b: ChainPlugin) => b.priority - a.priority || (a.name < b.name ? 1 : -1)

/**
 * How specific a binding is; the highest of one plugin name runs. Kong's order: consumer before group before none, and within each
 * route + service, route, service, none.
 */
function specificity(plugin: PluginEntity): number {
  const caller = plugin.consumer !== null ? 8 : plugin.consumer_group !== null ? 4 : 0
  const place = (plugin.route !== null ? 2 : 0) + (plugin.service !== null ? 1 : 0)
  // Kong: C+R+S, CG+S+R, C+R, C+S, CG+R, CG+S, R+S, C, CG, R, S, global.
  const order = ['8+3', '4+3', '8+2', '8+1', '4+2', '4+1', '0+3', '8+0', '4+0', '0+2', '0+1', '0+0']
  return order.length - order.indexOf(`${caller}+${place}`)
}

interface Scope {
  route: string | null
  service: string | null
  consumer: { id: string; groups: readonly string[] } | null
}

function applies(plugin: PluginEntity, scope: Scope): boolean {
  if (plugin.route !== null && plugin.route.id !== scope.route) return false
  if (plugin.service !== null && plugin.service.id !== scope.service) return false
  if (plugin.consumer !== null && plugin.consumer.id !== scope.consumer?.id) return false
  return plugin.consumer_group === null || (scope.consumer?.groups.includes(plugin.consumer_group.id) ?? false)
}

export type EnvironmentOf = (plugin: PluginEntity) => PluginEnvironment

/** Makes chains from the enabled plugins of a revision; each plugin has one instance, shared by all chains that it is in. */
export class ChainBuilder {
  readonly #plugins: readonly PluginEntity[]
  readonly #instances = new Map<string, ChainPlugin>()
  readonly #environmentOf: EnvironmentOf
  readonly #bound: readonly PluginEntity[]

  /** `groupNames` by id: of two groups of a consumer the alphabetically first counts, as in Kong. */
  constructor(plugins: readonly PluginEntity[], environmentOf: EnvironmentOf, groupNames: ReadonlyMap<string, string>) {
    const group = (plugin: PluginEntity) => groupNames.get(plugin.consumer_group?.id ?? '') ?? ''
    this.#plugins = plugins.filter((plugin) => plugin.enabled).sort((a, b) => (group(a) < group(b) ? -1 : group(a) > group(b) ? 1 : 0))
    this.#bound = this.#plugins.filter((plugin) => plugin.consumer !== null || plugin.consumer_group !== null)
    this.#environmentOf = environmentOf
  }

  chain(scope: Scope): ChainPlugin[] {
    const chosen = new Map<string, PluginEntity>()
    for (const plugin of this.#plugins) {
      if (!applies(plugin, scope)) continue
      const other = chosen.get(plugin.name)
      if (other === undefined || specificity(plugin) > specificity(other)) chosen.set(plugin.name, plugin)
    }
    return [...chosen.values()].map((plugin) => this.#instance(plugin)).sort(COMPARE)
  }

  /** Chains of a route. Those of consumers are made when one first comes, since most consumers have nothing bound to them. */
  chains(route: string, service: string | null): PluginChains {
    const base = this.chain({ route, service, consumer: null })
    if (this.#bound.length === 0) return { base, forConsumer: () => base }
    const byConsumer = new Map<string, ChainPlugin[]>()
    return {
      base,
      forConsumer: (consumer) => {
        const isBound = this.#bound.some((plugin) => applies(plugin, { route, service, consumer }))
        if (!isBound) return base
        const chain = byConsumer.get(consumer.id) ?? this.chain({ route, service, consumer })
        byConsumer.set(consumer.id, chain)
        return chain
      },
    }
  }

  #instance(plugin: PluginEntity): ChainPlugin {
    const present = this.#instances.get(plugin.id)
    if (present !== undefined) return present
    const create = PLUGIN_HANDLERS.get(plugin.name)
    if (create === undefined) throw new Error(`no handler for the plugin ${plugin.name}`)
    const made = { name: plugin.name, id: plugin.id, priority: PRIORITIES.get(plugin.name) ?? 0, instance: create(plugin.config, this.#environmentOf(plugin)) }
    this.#instances.set(plugin.id, made)
    return made
  }
}
