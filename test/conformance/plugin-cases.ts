import recorded from './data/plugin-cases.json' with { type: 'json' }

export interface FieldExpectation {
  /** Equals what this generator gives. */
  $basic?: string[]
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
    /** Text, or what gives it. */
    query?: unknown
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

/** Names of the plugins that a configuration has. */
function pluginsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(pluginsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'plugins' && Array.isArray(entry) ? [...entry.map((plugin: { name: string }) => plugin.name), ...pluginsIn(entry)] : pluginsIn(entry),
  )
}

/** Why a recorded case is not run, or null. `core` is about the gateway itself. */
export function whyNotRun(entry: PluginCase, plugins: ReadonlySet<string>): string | null {
  if (entry.plugin !== 'core' && !plugins.has(entry.plugin)) return `no plugin ${entry.plugin}`
  const missing = pluginsIn(entry.config).find((name) => !plugins.has(name))
  if (missing !== undefined) return `needs the plugin ${missing} too`
  return entry.gateway_settings === undefined ? null : 'needs a node with settings of its own'
}

export const RECORDED_CASES = recorded.cases as unknown as PluginCase[]

/** The header as we write it: what Kong calls X-Kong-… is X-Sluice-… here. */
export function ourName(name: string): string {
  return name.replace(/^x-kong-(?!limit$)/i, 'x-sluice-').toLowerCase()
}

/** Kong's product token, with its version, is `sluice` here. */
export function ourPattern(name: string, pattern: string): string {
  return ['via', 'server'].includes(name.toLowerCase()) ? pattern.replace(/kong(\\?\/)?/g, 'sluice') : pattern
}
