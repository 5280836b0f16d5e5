import type * as z from 'zod'
import { formatIssuePath, type Issue } from './snapshot.ts'

/** What checking a plugin needs to know of its kind. `@sluice/plugins/schemas` is one. */
export type PluginSchemaRegistry = Readonly<Record<string, { config: z.ZodType; scopes: readonly string[] }>>

export type PluginConfigResult = { ok: true; config: Record<string, unknown> } | { ok: false; issues: Issue[] }

/** Zod's issues with readable paths; an unknown field is named in its path. */
export function issuesOf(error: z.ZodError, prefix = ''): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = [prefix, formatIssuePath(issue.path)].filter((part) => part !== '').join('.')
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: `unknown field "${key}"` }))
  })
}

/** Parses `config` of the plugin `name` with its schema, so that defaults are filled in. Paths start with `name` or `config`. */
export function parsePluginConfig(registry: PluginSchemaRegistry, name: string, config: unknown): PluginConfigResult {
  const schema = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (schema === undefined) return { ok: false, issues: [{ path: 'name', message: `unknown plugin "${name}"; there are: ${Object.keys(registry).sort().join(', ')}` }] }
  const result = schema.config.safeParse(config)
  return result.success ? { ok: true, config: result.data as Record<string, unknown> } : { ok: false, issues: issuesOf(result.error, 'config') }
}
