interface CanaryPlugin {
  id: string
  name: string
  enabled: boolean
  service: { id: string } | null
  route: { id: string } | null
  consumer: { id: string } | null
  config: Readonly<Record<string, unknown>>
}

export interface Share {
  /** Per cent of the traffic, or null where the plugin moves by time or by group instead of by a fixed share. */
  percentage: number | null
  enabled: boolean
}

/** The canary of a service as a whole; one that is bound to a route or a consumer beside it is a matter of that route. */
export function canaryOf(plugins: readonly CanaryPlugin[], service: string): Share | null {
  const plugin = plugins.find((entry) => entry.name === 'canary' && entry.service?.id === service && entry.route === null && entry.consumer === null)
  if (plugin === undefined) return null
  const { percentage } = plugin.config
  return { percentage: typeof percentage === 'number' ? percentage : null, enabled: plugin.enabled }
}
