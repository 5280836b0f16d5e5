import * as z from 'zod'

/** What is read of JSON Schema here. */
interface Shape {
  type?: string | string[]
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  anyOf?: Shape[]
  oneOf?: Shape[]
  items?: Shape | boolean
  properties?: Record<string, Shape>
  additionalProperties?: Shape | boolean
  required?: string[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  unit?: string
  sensitive?: boolean
  $ref?: string
}

export interface FieldRow {
  /** Dotted from the configuration on; `[]` for each of a list, `*` for each of a map. */
  path: string
  type: string
  bounds: string
  default: string
  description: string
}

const isNull = (shape: Shape) => shape.type === 'null' || shape.const === null || shape.enum?.every((value) => value === null) === true

/** The alternatives of a shape but for null, which means that the field may be left empty. */
function alternatives(shape: Shape): Shape[] {
  const list = shape.anyOf ?? shape.oneOf
  return list === undefined ? [shape] : list.filter((one) => !isNull(one)).flatMap(alternatives)
}

function typeOf(shape: Shape): string {
  const names = alternatives(shape).map((one) => {
    if (one.const !== undefined) return `\`${String(one.const)}\``
    if (one.enum !== undefined)
      return one.enum
        .filter((value) => value !== null)
        .map((value) => `\`${String(value)}\``)
        .join(', ')
    if (one.type === 'array') return `list of ${typeof one.items === 'object' ? typeOf(one.items) : 'anything'}`
    if (one.type === 'object')
      return one.properties === undefined ? `map of ${typeof one.additionalProperties === 'object' ? typeOf(one.additionalProperties) : 'anything'}` : 'record'
    return String(one.type ?? 'anything')
  })
  return [...new Set(names)].join(' or ')
}

const number = (value: number) => value.toLocaleString('en')

function rangeOf(low: number | undefined, high: number | undefined, what: string): string[] {
  const isOpen = high === undefined || high >= Number.MAX_SAFE_INTEGER
  const isUnbounded = low === undefined || low <= Number.MIN_SAFE_INTEGER
  if (isUnbounded && isOpen) return []
  if (isOpen) return [`from ${number(low ?? 0)}${what}`]
  return [isUnbounded ? `up to ${number(high)}${what}` : `${number(low)} to ${number(high)}${what}`]
}

function boundsOf(shape: Shape): string {
  const found = alternatives(shape).flatMap((one) => [
    ...rangeOf(one.minimum ?? one.exclusiveMinimum, one.maximum, ''),
    ...rangeOf(one.minLength, one.maxLength, ' characters'),
    ...rangeOf(one.minItems, one.maxItems, ' entries'),
  ])
  return [...found, ...(shape.unit === undefined ? [] : [`in ${shape.unit}`])].join(', ')
}

function defaultOf(shape: Shape, isRequired: boolean): string {
  if (shape.default === undefined) return isRequired ? 'required' : '–'
  return shape.default === null ? '–' : `\`${JSON.stringify(shape.default)}\``
}

/** The fields inside a shape, with what leads to them. */
function inner(shape: Shape, path: string): FieldRow[] {
  return alternatives(shape).flatMap((one) => {
    if (one.properties !== undefined) return rowsOf(one, `${path}.`)
    if (typeof one.items === 'object') return inner(one.items, `${path}[]`)
    return typeof one.additionalProperties === 'object' ? inner(one.additionalProperties, `${path}.*`) : []
  })
}

function rowsOf(shape: Shape, prefix: string): FieldRow[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    // What Kong has and this version has not: it is refused with a sentence of its own.
    if (alternatives(field).every(isNull)) return []
    const path = `${prefix}${name}`
    const described = field.description ?? alternatives(field)[0]?.description ?? ''
    const isRequired = shape.required?.includes(name) === true && field.default === undefined
    return [{ path, type: typeOf(field), bounds: boundsOf(field), default: defaultOf(field, isRequired), description: described }, ...inner(field, path)]
  })
}

/** Every field of a configuration, those of records and lists below their own. */
export function fieldsOf(config: z.ZodType): FieldRow[] {
  return rowsOf(z.toJSONSchema(config, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Shape, '')
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The same as a table of Markdown. */
export function fieldTable(config: z.ZodType): string {
  const rows = fieldsOf(config).map(
    (row) => `| \`${cell(row.path)}\` | ${cell(row.type)} | ${cell(row.default)} | ${cell([row.description, row.bounds].filter((text) => text !== '').join(' — '))} |`,
  )
  return ['| field | type | default | |', '|---|---|---|---|', ...rows].join('\n')
}
