import { compileRegex, fromScriptPattern, regexProblem } from '@sluice/shared/routing/regex'
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type FormatName, fullFormats } from 'ajv-formats/dist/formats.js'
import { type Draft, FORMATS } from './json-schema-keywords.ts'

/** Characters of a text that can have a format, but for those formats that any length may have. Keeps every check of a format cheap. */
const FORMAT_LENGTH_MAX = 2_048
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

export interface SchemaMismatch {
  /** JSON pointer into the value. */
  path: string
  message: string
}

/** Null where the value fits, else the first misfit. */
export type SchemaCheck = (value: unknown) => SchemaMismatch | null

const linear = Object.assign((pattern: string) => compileRegex(fromScriptPattern(pattern)), { code: 'linear' })

const OPTIONS: Options = {
  strict: true,
  // Kong and others take schemas that name no type beside their keywords.
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  // A member that every object inherits, such as constructor, is none of the body.
  ownProperties: true,
  // Every schema has passed our own walk, which says where it is wrong.
  validateSchema: false,
  meta: false,
  logger: false,
  multipleOfPrecision: 10,
  code: { regExp: linear },
}

/** As text, in which the order of members does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`).join()}}`
}

type FormatTest = (text: string) => boolean

function formatOf(name: FormatName): FormatTest | { type: 'number'; validate: (value: number) => boolean } | true {
  if (name === 'regex') return (text) => regexProblem(fromScriptPattern(text)) === null
  if (name === 'byte') return (text) => text.length % 4 === 0 && BASE64.test(text)
  const known = fullFormats[name]
  if (known === true) return true
  if (typeof known === 'object' && 'type' in known && known.type === 'number') return { type: 'number', validate: known.validate as (value: number) => boolean }
  const test = typeof known === 'object' && 'validate' in known ? known.validate : known
  const matches: FormatTest = test instanceof RegExp ? (text) => test.test(text) : (test as FormatTest)
  return (text) => text.length <= FORMAT_LENGTH_MAX && matches(text)
}

function newAjv(draft: Draft): Ajv {
  const ajv = draft === 'draft202012' ? new Ajv2020(OPTIONS) : draft === 'draft201909' ? new Ajv2019(OPTIONS) : new Ajv(OPTIONS)
  for (const name of FORMATS) ajv.addFormat(name, formatOf(name))
  // Ajv compares each element with each other: a long list of objects would take minutes.
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isUnique: boolean, list: unknown[]) => !isUnique || new Set(list.map(canonical)).size === list.length,
    error: { message: 'must not have the same element twice' },
  })
  return ajv
}

/** Draft 4 as draft 7 says it: limits that exclude their own number are flags there. */
function fromDraft4(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(fromDraft4)
  if (typeof schema !== 'object' || schema === null) return schema
  const { exclusiveMaximum, exclusiveMinimum, maximum, minimum, ...rest } = schema as Record<string, unknown>
  const limits: Record<string, unknown> = {}
  if (maximum !== undefined) limits[exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum'] = maximum
  if (minimum !== undefined) limits[exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum'] = minimum
  return { ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, VALUES.has(name) ? value : NAMED.has(name) ? mapped(value) : fromDraft4(value)])), ...limits }
}

/** Keywords whose value is no schema, and those that hold schemas by names of their own. */
const VALUES = new Set(['enum', 'default', 'required'])
const NAMED = new Set(['properties', 'patternProperties', 'definitions', 'dependencies'])
const mapped = (value: unknown) => Object.fromEntries(Object.entries(value as object).map(([name, schema]) => [name, fromDraft4(schema)]))

/** What a schema calls itself and its version is known already. */
function withoutNames(schema: unknown): boolean | Record<string, unknown> {
  if (typeof schema === 'boolean') return schema
  const { $id, id, $schema, ...rest } = schema as Record<string, unknown>
  return rest
}

/** Compiles a schema that `jsonSchemaProblem` takes. No check of a value takes more than linear time for a pattern, a format or a list. */
export function compileJsonSchema(schema: unknown, draft: Draft): SchemaCheck {
  const given = withoutNames(schema)
  const check: ValidateFunction = newAjv(draft).compile((draft === 'draft4' ? fromDraft4(given) : given) as object | boolean)
  return (value) => {
    if (check(value)) return null
    const [first] = check.errors ?? []
    return { path: first?.instancePath ?? '', message: first?.message ?? 'does not fit' }
  }
}
