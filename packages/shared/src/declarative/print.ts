import { stringify } from 'yaml'
import { canonicalJson } from '../canonical.ts'
import { ENTITIES, ENTITY_TYPES, type EntityType } from '../entities/registry.ts'
import type { SecretKind } from '../entities/secret.ts'
import type { SnapshotEntity } from '../snapshot.ts'
import { NESTED } from './shape.ts'

type Fields = Record<string, unknown>

const refIdOf = (value: unknown): string | null => (typeof value === 'object' && value !== null ? String((value as { id: unknown }).id) : null)

/** Where a child stands: inside the one parent it refers to; at top level where it refers to none or to several. */
function homeOf({ type, entity }: SnapshotEntity): { parent: EntityType; key: string; field: string; id: string } | null {
  const set = Object.keys(ENTITIES[type].refs).filter((field) => refIdOf(entity[field]) !== null)
  for (const [parent, children] of Object.entries(NESTED)) {
    for (const [key, child] of Object.entries(children)) {
      if (child.type !== type || !set.includes(child.field)) continue
      if (type === 'plugin' && set.length > 1) continue
      return { parent: parent as EntityType, key, field: child.field, id: refIdOf(entity[child.field]) ?? '' }
    }
  }
  return null
}

const DEFAULTS = new Map<string, string | null>()

/** Canonical JSON of what a field is where it is left out; null where it must not be. Schemas do not change, so each is asked once. */
function defaultOf(type: EntityType, field: string): string | null {
  const key = `${type} ${field}`
  const known = DEFAULTS.get(key)
  if (known !== undefined) return known
  const schema = (ENTITIES[type].schema.shape as Record<string, { safeParse(value: unknown): { success: boolean; data?: unknown } }>)[field]
  const parsed = schema?.safeParse(undefined)
  const text = parsed?.success === true ? canonicalJson(parsed.data ?? null) : null
  DEFAULTS.set(key, text)
  return text
}

/** True where leaving the field out means the same. */
const isDefault = (type: EntityType, field: string, value: unknown) => defaultOf(type, field) === canonicalJson(value ?? null)

class Printer {
  readonly #labels = new Map<string, string>()
  readonly #children = new Map<string, SnapshotEntity[]>()
  readonly #top = new Map<EntityType, SnapshotEntity[]>()

  constructor(entities: readonly SnapshotEntity[]) {
    for (const { type, entity } of entities) {
      const { label } = ENTITIES[type]
      const name = label === null ? null : entity[label]
      this.#labels.set(`${type} ${entity.id}`, typeof name === 'string' && type !== 'plugin' ? name : entity.id)
    }
    for (const entry of entities) {
      const home = homeOf(entry)
      if (home === null) this.#top.set(entry.type, [...(this.#top.get(entry.type) ?? []), entry])
      else {
        const key = `${home.parent} ${home.id} ${home.key}`
        const siblings = this.#children.get(key)
        if (siblings === undefined) this.#children.set(key, [entry])
        else siblings.push(entry)
      }
    }
  }

  document(): Fields {
    const document: Fields = { _format_version: '3.0', _transform: false }
    for (const type of ENTITY_TYPES) {
      const entries = this.#top.get(type)
      if (entries !== undefined) document[ENTITIES[type].plural] = entries.map((entry) => this.#entity(entry))
    }
    return document
  }

  #entity(entry: SnapshotEntity): Fields {
    const { type, entity } = entry
    const { refs, secrets } = ENTITIES[type]
    const parentField = homeOf(entry)?.field
    const fields: Fields = { id: entity.id }
    for (const [field, value] of Object.entries(entity)) {
      if (field === 'id' || field === parentField || value === null || isDefault(type, field, value)) continue
      if ((secrets as Record<string, SecretKind>)[field] === 'sealed') continue
      const ref = (refs as Record<string, { type: EntityType }>)[field]
      fields[field] = ref === undefined ? value : this.#labels.get(`${ref.type} ${refIdOf(value)}`)
    }
    if (type === 'consumer' && Array.isArray(fields.groups)) fields.groups = fields.groups.map((id) => ({ name: this.#labels.get(`consumer_group ${id}`) ?? id }))
    for (const [key, child] of Object.entries(NESTED[type] ?? {})) {
      const children = this.#children.get(`${type} ${entity.id} ${key}`)?.filter((candidate) => candidate.type === child.type)
      if (children !== undefined && children.length > 0) fields[key] = children.map((candidate) => this.#entity(candidate))
    }
    return fields
  }
}

/**
 * Writes entities in stored form as a document in Kong's declarative format (YAML): children inside their parents, references by name,
 * fields at their default left out, `_transform: false` because hashed secrets stay hashed. Sealed secrets are never written.
 */
export function printDeclarative(entities: readonly SnapshotEntity[]): string {
  return stringify(new Printer(entities).document(), { lineWidth: 0, aliasDuplicateObjects: false })
}
