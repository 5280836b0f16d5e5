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

const FLAGS: Readonly<Record<string, string>> = { on: 'true', off: 'false' }

/** What a node is told for a case, as its environment; null where it has no such settings. */
export function nodeSettings({ gateway_settings: settings = {} }: PluginCase): Record<string, string> | null {
  const known = Object.entries(settings).map(([name, value]) =>
    ['trusted_ips', 'real_ip_header', 'real_ip_recursive'].includes(name) ? [`SLUICE_${name.toUpperCase()}`, FLAGS[String(value)] ?? [value].flat().join(',')] : null,
  )
  return known.includes(null) ? null : Object.fromEntries(known as [string, string][])
}

/** Why a recorded case is not run, or null. `core` is about the gateway itself. */
export function whyNotRun(entry: PluginCase, plugins: ReadonlySet<string>): string | null {
  if (entry.plugin !== 'core' && !plugins.has(entry.plugin)) return `no plugin ${entry.plugin}`
  const missing = pluginsIn(entry.config).find((name) => !plugins.has(name))
  if (missing !== undefined) return `needs the plugin ${missing} too`
  return nodeSettings(entry) === null ? 'needs a node with settings of its own' : null
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
