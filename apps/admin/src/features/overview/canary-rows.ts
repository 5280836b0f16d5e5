import type { Row } from '../../trpc/entities.ts'
import { configOf, destinationOf, type Mode, modeOf, rampAt } from '../canary/canary-plugin.ts'

export interface CanaryRow {
  id: string
  name: string
  from: string
  to: string
  /** Null where groups decide. */
  percentage: number | null
  mode: Mode
  enabled: boolean
  href: string
}

/** Canaries as rows: those of services first, the largest share on top. */
export function canaryRows(plugins: readonly Row<'plugin'>[], services: readonly Row<'service'>[], second: number): CanaryRow[] {
  const byId = new Map(services.map((service) => [service.id, service]))
  const rows = plugins.map((plugin) => {
    const config = configOf(plugin)
    const mode = modeOf(config)
    const service = plugin.service === null ? undefined : byId.get(plugin.service.id)
    const isOfService = service !== undefined && plugin.route === null && plugin.consumer === null && plugin.consumer_group === null
    const name = service === undefined ? (plugin.route === null ? 'every service' : 'one route') : (service.name ?? service.host)
    return {
      id: plugin.id,
      name,
      from: service?.host ?? 'stable',
      to: destinationOf(config, service?.host ?? 'stable'),
      percentage: mode === 'groups' ? null : mode === 'ramp' ? rampAt(config, second) : (config.percentage ?? 0),
      mode,
      enabled: plugin.enabled,
      href: isOfService ? `/services/${service.id}/canary` : `/plugins/${plugin.id}`,
    }
  })
  return rows.sort((a, b) => (b.percentage ?? 0) - (a.percentage ?? 0) || a.name.localeCompare(b.name))
}
