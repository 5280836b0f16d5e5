import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import type { inferRouterOutputs } from '@trpc/server'
import type * as z from 'zod'
import type { AppRouter } from '../../server/api/router.ts'
import { isSame } from '../../ui/schema-form/draft.ts'
import { type Field, fieldsOf, leavesOf } from '../../ui/schema-form/fields.ts'

/** One entity that differs between two revisions, as the API shows it. */
export type ShownChange = inferRouterOutputs<AppRouter>['revisions']['diff']['changes'][number]

/** One side of a field. */
export type Side = { kind: 'none' } | { kind: 'text'; text: string } | { kind: 'list'; texts: string[] } | { kind: 'reference'; type: EntityType; id: string } | { kind: 'secret' }

export interface FieldChange {
  /** Dotted wire path, such as `config.minute`. */
  path: string
  before: Side
  after: Side
}

export interface PresentedChange {
  op: 'create' | 'update' | 'delete'
  type: EntityType
  id: string
  label: string
  fields: FieldChange[]
  /** Fields of a new or a deleted one that have their default and are not listed. */
  defaults: number
}

type Values = Readonly<Record<string, unknown>>

/** Says the same of every entity that has it, so it is no field of its own. */
const NEVER_SHOWN: ReadonlySet<string> = new Set(['id'])

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function isReference(type: EntityType, path: string): EntityType | null {
  const ref = (ENTITIES[type].refs as Readonly<Record<string, { type: string }>>)[path]
  return ref === undefined ? null : (ref.type as EntityType)
}

/** The values of an entity by dotted path. Groups are taken apart; lists and references stay whole. */
function flatten(type: EntityType, values: Values, prefix = ''): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [name, value] of Object.entries(values)) {
    if (prefix === '' && NEVER_SHOWN.has(name)) continue
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (isRecord(value) && isReference(type, path) === null && Object.keys(value).length > 0) {
      for (const [inner, entry] of flatten(type, value, path)) flat.set(inner, entry)
    } else flat.set(path, value)
  }
  return flat
}

function sideOf(type: EntityType, path: string, value: unknown): Side {
  if (value === undefined || value === null) return { kind: 'none' }
  if (Object.hasOwn(ENTITIES[type].secrets, path)) return { kind: 'secret' }
  const referred = isReference(type, path)
  if (referred !== null && isRecord(value) && typeof value.id === 'string') return { kind: 'reference', type: referred, id: value.id }
  if (Array.isArray(value)) return { kind: 'list', texts: value.map((entry) => (isRecord(entry) || Array.isArray(entry) ? JSON.stringify(entry) : String(entry))) }
  if (typeof value === 'boolean') return { kind: 'text', text: value ? 'on' : 'off' }
  return { kind: 'text', text: isRecord(value) ? JSON.stringify(value) : String(value) }
}

const initials = new Map<z.ZodType, Map<string, unknown>>()

function initialsOf(schema: z.ZodType): Map<string, unknown> {
  const known = initials.get(schema)
  if (known !== undefined) return known
  const found = new Map(leavesOf(fieldsOf(schema)).map((field: Field) => [field.path.join('.'), field.initial]))
  initials.set(schema, found)
  return found
}

function defaultsOf(type: EntityType, values: Values): (path: string) => unknown {
  const own = initialsOf(ENTITIES[type].schema as z.ZodType)
  const plugin = type === 'plugin' ? PLUGIN_SCHEMAS[String(values.name)] : undefined
  const config = plugin === undefined ? null : initialsOf(plugin.config)
  return (path) => (config !== null && path.startsWith('config.') ? config.get(path.slice('config.'.length)) : own.get(path))
}

/** What a field says that is not worth a line when a whole entity comes or goes. */
function isDefault(value: unknown, initial: unknown): boolean {
  if (isSame(value, initial ?? null)) return true
  return initial === undefined && (value === null || (Array.isArray(value) && value.length === 0))
}

/** By dotted path: fields in the order of their schema, those it does not know last. The database has an order of its own. */
function inOrder<T extends { path: string }>(type: EntityType, values: Values, fields: readonly T[]): T[] {
  const own = [...initialsOf(ENTITIES[type].schema as z.ZodType).keys()]
  const plugin = type === 'plugin' ? PLUGIN_SCHEMAS[String(values.name)] : undefined
  const paths = plugin === undefined ? own : [...own, ...[...initialsOf(plugin.config).keys()].map((path) => `config.${path}`)]
  const rank = ({ path }: T) => {
    const index = paths.indexOf(path)
    return index === -1 ? paths.length : index
  }
  return fields.toSorted((a, b) => rank(a) - rank(b))
}

function whole(type: EntityType, values: Values, place: (path: string, side: Side) => FieldChange): { fields: FieldChange[]; defaults: number } {
  const initial = defaultsOf(type, values)
  const all = [...flatten(type, values)]
  const told = all.filter(([path, value]) => !isDefault(value, initial(path)))
  const fields = told.map(([path, value]) => place(path, sideOf(type, path, value)))
  return { fields: inOrder(type, values, fields), defaults: all.length - told.length }
}

function differences(type: EntityType, before: Values, after: Values): FieldChange[] {
  const [left, right] = [flatten(type, before), flatten(type, after)]
  const paths = [...new Set([...left.keys(), ...right.keys()])].filter((path) => !isSame(left.get(path), right.get(path)))
  const fields = paths.map((path) => ({ path, before: sideOf(type, path, left.get(path)), after: sideOf(type, path, right.get(path)) }))
  return inOrder(type, after, fields)
}

/** A change as it is read: which fields went from what to what. Of a secret only that it is another one. */
export function presentChange(change: ShownChange): PresentedChange {
  const { op, type, id, label, before, after } = change
  const shown = { op, type, id, label }
  if (before !== null && after !== null) return { ...shown, fields: differences(type, before, after), defaults: 0 }
  if (after !== null) return { ...shown, ...whole(type, after, (path, side) => ({ path, before: { kind: 'none' }, after: side })) }
  if (before !== null) return { ...shown, ...whole(type, before, (path, side) => ({ path, before: side, after: { kind: 'none' } })) }
  return { ...shown, fields: [], defaults: 0 }
}

/** `1 added, 2 changed, 0 removed`. */
export function countsOf(changes: readonly { op: ShownChange['op'] }[]): { added: number; changed: number; removed: number } {
  const count = (op: ShownChange['op']) => changes.filter((change) => change.op === op).length
  return { added: count('create'), changed: count('update'), removed: count('delete') }
}
