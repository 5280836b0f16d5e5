import * as z from 'zod'

/** How a field is filled in. */
export type Control =
  | { kind: 'text'; multiline: boolean }
  | { kind: 'number'; integer: boolean; min: number | null; max: number | null }
  | { kind: 'switch' }
  | { kind: 'choice'; options: readonly (string | number | boolean)[] }
  | { kind: 'list'; options: readonly string[] | null; numeric: boolean }
  | { kind: 'map' }
  | { kind: 'group'; fields: readonly Field[] }
  | { kind: 'reference'; entity: string; many: boolean }
  | { kind: 'secret'; multiline: boolean }
  | { kind: 'json' }

export interface Field {
  /** Last part of the path: the wire name. */
  name: string
  path: readonly string[]
  title: string
  description: string | null
  unit: string | null
  nullable: boolean
  /** The schema takes no value without it. */
  required: boolean
  /** What it is when nothing is written; undefined where the schema has none. */
  initial: unknown
  control: Control
}

interface Node {
  type?: string | string[]
  anyOf?: Node[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Node>
  required?: string[]
  items?: Node
  additionalProperties?: Node | boolean
  minimum?: number
  maximum?: number
  format?: string
  default?: unknown
  title?: string
  description?: string
  unit?: string
  widget?: string
  secret?: string
  entity?: string
  readOnly?: boolean
}

/** Zod writes the largest safe integer where a schema names no bound; that is not worth showing. */
const bound = (value: number | undefined): number | null => (value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value)

/** `hash_on_header` as `Hash on header`, for fields without a title. */
export function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The node without `null` among its types, and whether it was there. */
function withoutNull(node: Node): { inner: Node; nullable: boolean } {
  if (node.anyOf !== undefined) {
    const others = node.anyOf.filter((entry) => entry.type !== 'null')
    const [only] = others
    if (only !== undefined && others.length === 1) return { inner: { ...only, ...node, anyOf: undefined }, nullable: others.length < node.anyOf.length }
    return { inner: node, nullable: others.length < node.anyOf.length }
  }
  if (Array.isArray(node.type) && node.type.includes('null')) {
    const [only] = node.type.filter((name) => name !== 'null')
    return { inner: { ...node, type: only }, nullable: true }
  }
  return { inner: node, nullable: false }
}

function isReference(node: Node): boolean {
  const names = Object.keys(node.properties ?? {})
  return names.length === 1 && names[0] === 'id' && node.properties?.id?.format === 'uuid'
}

function listControl(node: Node): Control {
  const items = node.items ?? {}
  if (items.type === 'string' && items.format === 'uuid' && node.entity !== undefined) return { kind: 'reference', entity: node.entity, many: true }
  if (items.enum !== undefined) return { kind: 'list', options: items.enum.map(String), numeric: false }
  if (items.type === 'string') return { kind: 'list', options: null, numeric: false }
  if (items.type === 'integer' || items.type === 'number') return { kind: 'list', options: null, numeric: true }
  return { kind: 'json' }
}

function objectControl(node: Node, path: readonly string[]): Control {
  if (isReference(node)) return { kind: 'reference', entity: node.entity ?? path[path.length - 1] ?? '', many: false }
  if (node.properties !== undefined) return { kind: 'group', fields: fieldsOfNode(node, path) }
  const values = node.additionalProperties
  const isMap = typeof values === 'object' && values.type === 'array' && values.items?.type === 'string'
  return isMap ? { kind: 'map' } : { kind: 'json' }
}

function controlOf(node: Node, path: readonly string[], nullable: boolean): Control {
  if (node.secret !== undefined) return { kind: 'secret', multiline: node.widget === 'text' }
  if (node.enum !== undefined) return { kind: 'choice', options: node.enum as (string | number)[] }
  if (node.const !== undefined) return { kind: 'choice', options: [node.const as string] }
  switch (node.type) {
    case 'boolean':
      return nullable ? { kind: 'choice', options: [true, false] } : { kind: 'switch' }
    case 'integer':
    case 'number':
      return { kind: 'number', integer: node.type === 'integer', min: bound(node.minimum), max: bound(node.maximum) }
    case 'string':
      return { kind: 'text', multiline: node.widget === 'text' }
    case 'array':
      return listControl(node)
    case 'object':
      return objectControl(node, path)
    default:
      return { kind: 'json' }
  }
}

function fieldsOfNode(node: Node, path: readonly string[]): Field[] {
  return Object.entries(node.properties ?? {})
    .filter(([, entry]) => entry.readOnly !== true)
    .map(([name, entry]) => {
      const { inner, nullable } = withoutNull(entry)
      const here = [...path, name]
      return {
        name,
        path: here,
        title: inner.title ?? titleOf(name),
        description: inner.description ?? null,
        unit: inner.unit ?? null,
        nullable,
        required: inner.default === undefined && (node.required ?? []).includes(name),
        initial: inner.default,
        control: controlOf(inner, here, nullable),
      }
    })
}

/** The fields of a zod object, in its order, with what its `meta` says about each. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return fieldsOfNode(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, [])
}

/** The fields that hold values, groups taken apart. */
export function leavesOf(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.control.kind === 'group' ? leavesOf(field.control.fields) : [field]))
}
