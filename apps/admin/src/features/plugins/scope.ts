import type { PluginSchema } from '@sluice/plugins/contract'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { pluginSchema } from '@sluice/shared/entities/plugin'
import type * as z from 'zod'

/** The fields that bind a plugin, from wide to narrow. */
export const SCOPE_FIELDS = ['service', 'route', 'consumer', 'consumer_group'] as const
export type ScopeField = (typeof SCOPE_FIELDS)[number]

type Bound = Readonly<Partial<Record<ScopeField, { id: string } | null>>>

/** What a plugin is bound to; none for a global one, several where all must meet. */
export function scopesOf(plugin: Bound): { type: ScopeField; id: string }[] {
  return SCOPE_FIELDS.flatMap((type) => {
    const reference = plugin[type]
    return reference === null || reference === undefined ? [] : [{ type, id: reference.id }]
  })
}

const WORDS: Record<ScopeField, string> = { service: 'service', route: 'route', consumer: 'consumer', consumer_group: 'consumer group' }

export const scopeWord = (scope: ScopeField): string => WORDS[scope]

/** Where a plugin may be bound, as a sentence: `global, service or route`. */
export function allowedText(schema: Pick<PluginSchema, 'scopes'>): string {
  const words = schema.scopes.map((scope) => (scope === 'global' ? 'global' : scopeWord(scope)))
  return words.length <= 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`
}

/** The scope fields that this kind of plugin cannot have: they are left out of its form. */
export function refusedFields(schema: Pick<PluginSchema, 'scopes'>): ScopeField[] {
  return SCOPE_FIELDS.filter((scope) => !schema.scopes.includes(scope))
}

/** What a form asks about the place of a plugin: which one it is, and each scope that it may have. */
export function placeFields(schema: Pick<PluginSchema, 'scopes'>): string[] {
  return ['name', ...SCOPE_FIELDS.filter((scope) => schema.scopes.includes(scope))]
}

interface Params {
  get(name: string): string | null
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The scope that an address names: `?service=ID`. What is no id counts as not said. */
export function scopeOfAddress(params: Params): { type: ScopeField; id: string } | null {
  for (const type of SCOPE_FIELDS) {
    const id = params.get(type)
    if (id !== null && UUID.test(id)) return { type, id: id.toLowerCase() }
  }
  return null
}

/** The plugin that an address names, or null where this Sluice has none of that name. */
export function schemaOfAddress(params: Params): PluginSchema | null {
  const name = params.get('name') ?? ''
  return Object.hasOwn(PLUGIN_SCHEMAS, name) ? (PLUGIN_SCHEMAS[name] ?? null) : null
}

export function newPluginHref(scope: { type: ScopeField; id: string } | null, name?: string): string {
  const params = new URLSearchParams()
  if (name !== undefined) params.set('name', name)
  if (scope !== null) params.set(scope.type, scope.id)
  const text = params.toString()
  return text === '' ? '/plugins/new' : `/plugins/new?${text}`
}

const forms = new Map<string, z.ZodType>()

/**
 * The schema of a plugin's form: the entity's fields with the fields of this kind of plugin as its `config`. The same object each time,
 * as a form is kept by the identity of its schema.
 */
export function formSchemaOf(schema: PluginSchema): z.ZodType {
  const known = forms.get(schema.name)
  if (known !== undefined) return known
  const first = SCOPE_FIELDS.find((scope) => schema.scopes.includes(scope))
  const form = pluginSchema.extend({ config: schema.config }).superRefine((plugin, context) => {
    if (schema.scopes.includes('global') || first === undefined || scopesOf(plugin).length > 0) return
    context.addIssue({ code: 'custom', path: [first], message: `Choose where it runs: ${allowedText(schema)}.` })
  })
  forms.set(schema.name, form)
  return form
}
