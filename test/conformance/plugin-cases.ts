import recorded from './data/plugin-cases.json' with { type: 'json' }

export interface FieldExpectation {
  equals?: string | string[]
  absent?: boolean
  matches?: string
  not_equals?: string
}

export interface PluginStep {
  wait_ms_before?: number
  request: {
    method?: string
    path?: string
    query?: string
    headers?: Record<string, unknown>
    body?: { form?: Record<string, string>; json?: unknown; raw?: string; raw_repeat?: [string, number]; none?: boolean; chunked?: boolean }
  }
  expect: {
    status: number
    headers?: Record<string, FieldExpectation>
    json?: Record<string, unknown>
    json_matches?: Record<string, string>
    body_text?: string
    upstream?: { method?: string; path?: string; headers?: Record<string, FieldExpectation>; query?: string | Record<string, unknown>; form?: unknown; json?: unknown }
    upstream_called?: boolean
  }
}

export interface PluginCase {
  id: string
  plugin: string
  about: string
  notes?: unknown
  config: Record<string, unknown>
  gateway_settings?: Record<string, unknown>
  steps: PluginStep[]
}

/** Recorded cases of these plugins that need no other plugin than these. */
export function pluginCases(...plugins: string[]): PluginCase[] {
  const known = new Set(plugins)
  const named = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(named)
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, entry]) =>
      key === 'plugins' && Array.isArray(entry) ? [...entry.map((plugin: { name: string }) => plugin.name), ...named(entry)] : named(entry),
    )
  }
  return (recorded.cases as unknown as PluginCase[]).filter((entry) => known.has(entry.plugin) && named(entry.config).every((name) => known.has(name)))
}

/** The header as we write it: what Kong calls X-Kong-… is X-Sluice-… here. */
export function ourName(name: string): string {
  return name.replace(/^x-kong-(?!limit$)/i, 'x-sluice-').toLowerCase()
}

/** Kong's product token, with its version, is `sluice` here. */
export function ourPattern(name: string, pattern: string): string {
  return ['via', 'server'].includes(name.toLowerCase()) ? pattern.replace(/kong(\\?\/)?/g, 'sluice') : pattern
}
