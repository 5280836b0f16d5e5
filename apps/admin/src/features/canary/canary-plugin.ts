import type { Row } from '../../trpc/entities.ts'

export type PluginRow = Row<'plugin'>

/** The plugin's configuration by wire names, as its schema has filled it. */
export interface CanaryConfig {
  percentage: number | null
  upstream_host: string | null
  upstream_port: number | null
  upstream_uri: string | null
  hash: 'consumer' | 'ip' | 'header' | 'cookie' | 'none' | 'allow' | 'deny'
  hash_header: string | null
  hash_cookie: string
  canary_by_header_name: string | null
  start: number | null
  duration: number
  groups: string[] | null
}

export const configOf = (plugin: PluginRow): CanaryConfig => plugin.config as unknown as CanaryConfig

/** How the share is decided: by a percentage, by a ramp over time, or by group. Only the first has a slider. */
export type Mode = 'share' | 'ramp' | 'groups'

export function modeOf({ hash, percentage, start }: Pick<CanaryConfig, 'hash' | 'percentage' | 'start'>): Mode {
  if (hash === 'allow' || hash === 'deny') return 'groups'
  return percentage === null && start !== null ? 'ramp' : 'share'
}

/** The canary of the service itself; one that is bound to a route or a consumer besides is another one. */
export function canaryOfService(plugins: readonly PluginRow[], serviceId: string): PluginRow | null {
  const own = plugins.filter((plugin) => plugin.name === 'canary' && plugin.service?.id === serviceId)
  return own.find((plugin) => plugin.route === null && plugin.consumer === null && plugin.consumer_group === null) ?? null
}

/** Where the canary's requests go, as one would write it. What the plugin leaves out stays that of the service. */
export function destinationOf({ upstream_host, upstream_port, upstream_uri }: Pick<CanaryConfig, 'upstream_host' | 'upstream_port' | 'upstream_uri'>, serviceHost: string): string {
  return `${upstream_host ?? serviceHost}${upstream_port === null ? '' : `:${upstream_port}`}${upstream_uri ?? ''}`
}

type Stickiness = Pick<CanaryConfig, 'hash' | 'hash_header' | 'hash_cookie'>

/** What keeps a caller on its side, as the end of "sticky by …"; null where nothing does. */
export function stickyBy({ hash, hash_header, hash_cookie }: Stickiness): string | null {
  switch (hash) {
    case 'consumer':
      return 'consumer'
    case 'ip':
      return 'address'
    case 'header':
      return `header ${hash_header ?? ''}`
    case 'cookie':
      return `cookie ${hash_cookie}`
    default:
      return null
  }
}

/** What counts for a caller who does not have that; null where everyone has it. */
export function elseBy({ hash }: Stickiness): string | null {
  return hash === 'consumer' ? 'address' : hash === 'header' ? 'consumer or address' : null
}

/** Per cent that a ramp has reached at a moment (Unix seconds). */
export function rampAt({ start, duration }: Pick<CanaryConfig, 'start' | 'duration'>, second: number): number {
  if (start === null) return 0
  return Math.round(Math.min(1, Math.max(0, (second - start) / duration)) * 1000) / 10
}

export interface SetUp {
  upstream_host: string
  upstream_port: string
  hash: string
  hash_header: string
}

export const OVERRIDE_HEADER = 'x-canary'

/** A new canary starts at nothing and with an override header, so that it can be tried before anyone else sees it. */
export function newCanary(serviceId: string, { upstream_host, upstream_port, hash, hash_header }: SetUp): Record<string, unknown> {
  return {
    name: 'canary',
    service: { id: serviceId },
    config: {
      percentage: 0,
      upstream_host: upstream_host.trim() === '' ? null : upstream_host.trim(),
      upstream_port: upstream_port.trim() === '' ? null : Number(upstream_port),
      hash,
      hash_header: hash === 'header' && hash_header.trim() !== '' ? hash_header.trim() : null,
      canary_by_header_name: OVERRIDE_HEADER,
    },
  }
}
