import { PLUGIN_ORDER } from '@sluice/plugins/order'

interface Reference {
  id: string
}

export interface BoundPlugin {
  id: string
  name: string
  instance_name: string | null
  enabled: boolean
  service: Reference | null
  route: Reference | null
  consumer: Reference | null
  consumer_group: Reference | null
}

/** The place that is looked at. A service as a whole has no route. */
export interface Place {
  service: string | null
  route: string | null
}

export interface Step<P extends BoundPlugin> {
  plugin: P
  /** Bound to the very place, or inherited from its service, or from everywhere. */
  origin: 'own' | 'service' | 'global'
  /** Less specific ones of the same name that would run here otherwise. */
  replaced: { plugin: P; origin: Step<P>['origin'] }[]
}

const PRIORITIES: ReadonlyMap<string, number> = new Map(PLUGIN_ORDER.map(({ name, priority }) => [name, priority]))

/** Same rank as on a node: route and service, route, service, everywhere. */
const specificity = (plugin: BoundPlugin) => (plugin.route === null ? 0 : 2) + (plugin.service === null ? 0 : 1)

function isAt(plugin: BoundPlugin, place: Place): boolean {
  if (plugin.route !== null && plugin.route.id !== place.route) return false
  return plugin.service === null || plugin.service.id === place.service
}

function originOf(plugin: BoundPlugin, place: Place): Step<BoundPlugin>['origin'] {
  if (place.route !== null) return plugin.route !== null ? 'own' : plugin.service !== null ? 'service' : 'global'
  return plugin.service !== null ? 'own' : 'global'
}

const isForSome = (plugin: BoundPlugin) => plugin.consumer !== null || plugin.consumer_group !== null

/** What runs at a place for a caller without plugins of its own, in the order in which it runs. */
export function pipelineOf<P extends BoundPlugin>(plugins: readonly P[], place: Place): Step<P>[] {
  const running = plugins.filter((plugin) => plugin.enabled && !isForSome(plugin) && isAt(plugin, place))
  const names = [...new Set(running.map((plugin) => plugin.name))]
  const steps = names.flatMap((name) => {
    const [chosen, ...others] = running.filter((plugin) => plugin.name === name).sort((left, right) => specificity(right) - specificity(left))
    if (chosen === undefined) return []
    return [{ plugin: chosen, origin: originOf(chosen, place), replaced: others.map((plugin) => ({ plugin, origin: originOf(plugin, place) })) }]
  })
  const priority = (step: Step<P>) => PRIORITIES.get(step.plugin.name) ?? 0
  return steps.sort((left, right) => priority(right) - priority(left) || (left.plugin.name < right.plugin.name ? 1 : -1))
}

/** Bound to the place, but not part of what runs for everyone: switched off, or for some callers only. */
export function besidesOf<P extends BoundPlugin>(plugins: readonly P[], place: Place): P[] {
  return plugins.filter((plugin) => isAt(plugin, place) && originOf(plugin, place) === 'own' && (!plugin.enabled || isForSome(plugin)))
}
