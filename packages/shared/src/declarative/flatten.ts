import { ENTITIES, type EntityType } from '../entities/registry.ts'
import { expandServiceUrl } from '../entities/service.ts'
import { uuidV5 } from '../routing/matcher.ts'
import type { Issue } from '../snapshot.ts'
import { IGNORED_FIELDS, NESTED, TOP_LEVEL_KEYS, TYPE_BY_PLURAL, UNSUPPORTED_KEYS } from './shape.ts'

/** An entity as written in a document, with its place; references may still be names. */
export interface Written {
  type: EntityType
  path: string
  id: string
  fields: Record<string, unknown>
}

/** Namespace of the ids that a document leaves out; they are the same for the same document. */
const NAMESPACE = Uint8Array.from([0x5b, 0x1c, 0x6c, 0x2e, 0x0e, 0x2a, 0x4d, 0x5b, 0x9a, 0x41, 0x2f, 0x6c, 0x53, 0x4c, 0x55, 0x43])

type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export class Flattener {
  readonly written: Written[] = []
  readonly issues: Issue[] = []

  /** Reads the top level of a document. */
  read(document: Fields): void {
    for (const [key, value] of Object.entries(document)) {
      const type = TYPE_BY_PLURAL.get(key)
      if (type !== undefined) this.#readList(type, key, value, null)
      else if ((UNSUPPORTED_KEYS as readonly string[]).includes(key)) {
        if (Array.isArray(value) && value.length === 0) continue
        this.issues.push({ path: key, message: `"${key}" is not supported by this version of Sluice` })
      } else if (!(TOP_LEVEL_KEYS as readonly string[]).includes(key)) this.issues.push({ path: key, message: `unknown key "${key}"` })
    }
  }

  #readList(type: EntityType, path: string, value: unknown, parent: { field: string; id: string } | null): void {
    if (value === null || value === undefined) return
    if (!Array.isArray(value)) {
      this.issues.push({ path, message: 'must be a list' })
      return
    }
    for (const [index, item] of value.entries()) {
      const place = `${path}[${index}]`
      if (isFields(item)) this.#readEntity(type, place, item, parent)
      else this.issues.push({ path: place, message: 'must be a map of fields' })
    }
  }

  #readEntity(type: EntityType, path: string, item: Fields, parent: { field: string; id: string } | null): void {
    const fields: Fields = {}
    const nested: [key: string, value: unknown][] = []
    const children = NESTED[type] ?? {}
    for (const [key, value] of Object.entries(item)) {
      if ((IGNORED_FIELDS as readonly string[]).includes(key)) continue
      if (Object.hasOwn(children, key)) nested.push([key, value])
      else fields[key] = value
    }
    const id = this.#idOf(type, fields, parent)
    const { id: _, ...rest } = fields
    if (parent !== null) {
      if (rest[parent.field] !== undefined) this.issues.push({ path: `${path}.${parent.field}`, message: 'is given by the place where this stands; leave it out' })
      rest[parent.field] = { id: parent.id }
    }
    this.written.push({ type, path, id, fields: type === 'service' ? expandServiceUrl(rest) : rest })
    for (const [key, value] of nested) {
      const child = children[key]
      if (child !== undefined) this.#readList(child.type, `${path}.${key}`, value, { field: child.field, id })
    }
  }

  /** The written id, or one made from what names the entity, so that the same document gives the same ids. */
  #idOf(type: EntityType, fields: Fields, parent: { id: string } | null): string {
    if (typeof fields.id === 'string' && fields.id !== '') return fields.id
    const label = ENTITIES[type].label
    const named = label === null ? fields : (fields[label] ?? fields)
    const scope = parent === null && type === 'plugin' ? [fields.service, fields.route, fields.consumer, fields.consumer_group] : (parent?.id ?? '')
    return uuidV5(NAMESPACE, JSON.stringify([type, scope, named, this.#occurrence(type, scope, named)]))
  }

  readonly #seen = new Map<string, number>()

  /** Nameless twins (two routes without a name and with the same fields) still need ids of their own. */
  #occurrence(type: EntityType, scope: unknown, named: unknown): number {
    const key = JSON.stringify([type, scope, named])
    const count = this.#seen.get(key) ?? 0
    this.#seen.set(key, count + 1)
    return count
  }
}
