import type { PluginExchange } from '../contract.ts'
import { compileJsonSchema, type SchemaCheck, type SchemaMismatch } from './json-schema.ts'
import type { Draft } from './json-schema-keywords.ts'
import { type Given, Misspelt, type Place, readParameter, type Shape, type Style, type Written } from './parameter-style.ts'

export interface ParameterConfig {
  in: Place
  name: string
  required: boolean
  style: Style | null
  explode: boolean | null
  schema: string | null
}

/** What a parameter of a request lacks; null where it fits. */
export type ParameterCheck = (request: ParameterSource) => SchemaMismatch | null

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Bytes as the text that they are in UTF-8; escapes that are none stay. */
function decoded(text: string): string {
  const bytes = text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The parts of one request that parameters are in; the query is taken apart once. */
export class ParameterSource {
  readonly #exchange: PluginExchange
  #pairs: [string, string][] | null = null

  constructor(exchange: PluginExchange) {
    this.#exchange = exchange
  }

  /** Null where the request has none of that name; of a query its pairs. */
  given(place: Place, name: string): Given | null {
    if (place === 'query') return { pairs: this.#query() }
    if (place === 'header') {
      const values = this.#exchange.requestHeaders.getAll(name)
      return values.length === 0 ? null : { text: values.join(',') }
    }
    const { uriCaptures } = this.#exchange
    const value = Object.hasOwn(uriCaptures, name) ? uriCaptures[name] : undefined
    return typeof value === 'string' ? { text: decoded(value) } : null
  }

  #query(): [string, string][] {
    if (this.#pairs !== null) return this.#pairs
    const parts = (this.#exchange.query ?? '').split('&').filter((part) => part !== '')
    this.#pairs = parts.map((part) => {
      const at = part.indexOf('=')
      const [name, value] = at === -1 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
      return [decoded(name.replaceAll('+', ' ')), decoded(value.replaceAll('+', ' '))]
    })
    return this.#pairs
  }
}

/** Types that a schema names for itself, as far as it says it at its top. */
function typesOf(schema: unknown): readonly string[] {
  const type = isObject(schema) ? schema.type : undefined
  return Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : []
}

/** A text as the JSON value that the schema asks for, where it can be read as one. */
function coerced(text: string, schema: unknown): unknown {
  const types = typesOf(schema)
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(text)) return Number(text)
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (types.includes('null') && (text === '' || text === 'null')) return null
  return text
}

function readValue(written: NonNullable<Written>, schema: unknown): unknown {
  const at = isObject(schema) ? schema : {}
  if ('value' in written) return coerced(written.value, schema)
  if ('list' in written) return written.list.map((text) => coerced(text, at.items))
  const properties = isObject(at.properties) ? at.properties : {}
  const names = written.members.map(([name]) => name)
  if (new Set(names).size < names.length) throw new Misspelt()
  return Object.fromEntries(written.members.map(([name, text]) => [name, coerced(text, Object.hasOwn(properties, name) ? properties[name] : at.additionalProperties)]))
}

function shapeOf(config: ParameterConfig, schema: unknown): Shape {
  const types = typesOf(schema)
  const style = config.style ?? (config.in === 'query' ? 'form' : 'simple')
  const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {}
  return {
    name: config.name,
    style,
    explode: config.explode ?? style === 'form',
    kind: types.includes('array') ? 'list' : types.includes('object') ? 'object' : 'value',
    members: Object.keys(properties),
  }
}

/** Compiles what one entry of `parameter_schema` asks for; its schema is one that `jsonSchemaProblem` takes. */
export function compileParameter(config: ParameterConfig, draft: Draft): ParameterCheck {
  const schema: unknown = config.schema === null ? null : JSON.parse(config.schema)
  const check: SchemaCheck | null = schema === null ? null : compileJsonSchema(schema, draft)
  const shape = shapeOf(config, schema)
  const where = `${config.in} ${config.name}`
  return (source) => {
    const given = source.given(config.in, config.name)
    try {
      const written = given === null ? null : readParameter(shape, given)
      if (written === null) return config.required ? { path: where, message: 'is required' } : null
      const mismatch = check === null ? null : check(readValue(written, schema))
      return mismatch === null ? null : { path: `${where}${mismatch.path}`, message: mismatch.message }
    } catch (error) {
      if (error instanceof Misspelt) return { path: where, message: `is not written in the style ${shape.style}` }
      throw error
    }
  }
}
