import { compileRegex, type LinearRegex, regexProblem } from '@sluice/shared/routing/regex'
import { fromLuaPattern } from './lua-pattern.ts'

/*
 * Kong's own way to describe a body: `[{"name": {"type": "string", "required": true}}, …]`. Each field is described by its type, and by
 * validators that apply to it.
 */

export interface KongMismatch {
  path: string
  message: string
}
export type KongCheck = (value: unknown) => KongMismatch | null

/** Records within each other; a description that is deeper is refused. */
const DEPTH_MAX = 50
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0
const isScalar = (value: unknown) => typeof value === 'string' || isNumber(value) || typeof value === 'boolean'

class Misfit extends Error {}

type Test = (value: unknown) => string | null
const lengthOf = (value: unknown): number =>
  typeof value === 'string' ? new TextEncoder().encode(value).byteLength : Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0

const OF_TYPE: Readonly<Record<string, { is: (value: unknown) => boolean; message: string }>> = {
  string: { is: (value) => typeof value === 'string', message: 'expected a string' },
  number: { is: isNumber, message: 'expected a number' },
  integer: { is: Number.isInteger, message: 'expected an integer' },
  boolean: { is: (value) => typeof value === 'boolean', message: 'expected a boolean' },
  array: { is: Array.isArray, message: 'expected an array' },
  set: { is: Array.isArray, message: 'expected a set' },
  map: { is: isObject, message: 'expected a map' },
  record: { is: isObject, message: 'expected a record' },
}

function patternOf(value: unknown, at: string): LinearRegex {
  if (typeof value !== 'string') throw new Misfit(`${at} must be a text`)
  const result = fromLuaPattern(value)
  if (!result.ok) throw new Misfit(`${at}: ${result.problem}`)
  const problem = regexProblem(result.pattern)
  if (problem !== null) throw new Misfit(`${at}: ${problem}`)
  return compileRegex(result.pattern)
}

function patternsOf(value: unknown, at: string): { regex: LinearRegex; message: string | null }[] {
  if (!Array.isArray(value) || value.length === 0) throw new Misfit(`${at} must be a list of {"pattern": …, "err": …} that is not empty`)
  return value.map((entry, index) => {
    if (!isObject(entry)) throw new Misfit(`${at}.${index} must be {"pattern": …, "err": …}`)
    return { regex: patternOf(entry.pattern, `${at}.${index}.pattern`), message: typeof entry.err === 'string' ? entry.err : null }
  })
}

function numbers(value: unknown, at: string): [number, number] {
  const [min, max] = Array.isArray(value) && value.length === 2 ? value : []
  if (!isNumber(min) || !isNumber(max)) throw new Misfit(`${at} must be two numbers`)
  return [min, max]
}

function count(value: unknown, at: string): number {
  if (!isCount(value)) throw new Misfit(`${at} must be a whole number from 0 on`)
  return value
}

function scalars(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value) || !value.every(isScalar)) throw new Misfit(`${at} must be a list of texts, numbers or flags`)
  return value
}

function flagged(value: unknown, at: string, test: Test): Test {
  if (typeof value !== 'boolean') throw new Misfit(`${at} must be true or false`)
  return value ? test : () => null
}

const asText = (value: unknown) => (typeof value === 'string' ? value : '')

/** Kong's validators: for the types that each applies to, what makes a test of its value. */
const VALIDATORS: Readonly<Record<string, { types: readonly string[]; compile: (value: unknown, at: string) => Test }>> = {
  between: {
    types: ['number', 'integer'],
    compile: (given, at) => {
      const [min, max] = numbers(given, at)
      return (value) => (Number(value) >= min && Number(value) <= max ? null : `value should be between ${min} and ${max}`)
    },
  },
  gt: {
    types: ['number', 'integer'],
    compile: (given, at) => {
      if (!isNumber(given)) throw new Misfit(`${at} must be a number`)
      return (value) => (Number(value) > given ? null : `value must be greater than ${given}`)
    },
  },
  len_eq: { types: ['array', 'set', 'string', 'map'], compile: (given, at) => lengthTest(count(given, at), (length, wanted) => length === wanted, 'length must be') },
  len_min: { types: ['array', 'set', 'string', 'map'], compile: (given, at) => lengthTest(count(given, at), (length, wanted) => length >= wanted, 'length must be at least') },
  len_max: { types: ['array', 'set', 'string', 'map'], compile: (given, at) => lengthTest(count(given, at), (length, wanted) => length <= wanted, 'length must be at most') },
  match: { types: ['string'], compile: (given, at) => matches(patternOf(given, at), true, `invalid value: must match ${given}`) },
  not_match: { types: ['string'], compile: (given, at) => matches(patternOf(given, at), false, `invalid value: must not match ${given}`) },
  match_all: {
    types: ['string'],
    compile: (given, at) => {
      const patterns = patternsOf(given, at)
      return (value) => firstOf(patterns, (regex) => !regex.test(asText(value)))
    },
  },
  match_none: {
    types: ['string'],
    compile: (given, at) => {
      const patterns = patternsOf(given, at)
      return (value) => firstOf(patterns, (regex) => regex.test(asText(value)))
    },
  },
  match_any: {
    types: ['string'],
    compile: (given, at) => {
      if (!isObject(given) || !Array.isArray(given.patterns) || given.patterns.length === 0) throw new Misfit(`${at} must be {"patterns": […], "err": …}`)
      const regexes = given.patterns.map((entry, index) => patternOf(entry, `${at}.patterns.${index}`))
      const message = typeof given.err === 'string' ? given.err : 'invalid value'
      return (value) => (regexes.some((regex) => regex.test(asText(value))) ? null : message)
    },
  },
  starts_with: {
    types: ['string'],
    compile: (given, at) => {
      if (typeof given !== 'string') throw new Misfit(`${at} must be a text`)
      return (value) => (asText(value).startsWith(given) ? null : `should start with: ${given}`)
    },
  },
  one_of: { types: ['string', 'number', 'integer', 'boolean'], compile: (given, at) => among(scalars(given, at), true) },
  not_one_of: { types: ['string', 'number', 'integer', 'boolean'], compile: (given, at) => among(scalars(given, at), false) },
  uuid: { types: ['string'], compile: (given, at) => flagged(given, at, (value) => (UUID.test(asText(value)) ? null : 'expected a valid UUID')) },
  is_regex: { types: ['string'], compile: (given, at) => flagged(given, at, (value) => (regexProblem(asText(value)) === null ? null : 'not a valid regex')) },
  timestamp: { types: ['number', 'integer'], compile: (given, at) => flagged(given, at, (value) => (Number(value) > 0 ? null : 'expected a valid timestamp')) },
}

function lengthTest(wanted: number, fits: (length: number, wanted: number) => boolean, what: string): Test {
  return (value) => (fits(lengthOf(value), wanted) ? null : `${what} ${wanted}`)
}

function matches(regex: LinearRegex, isWanted: boolean, message: string): Test {
  return (value) => (regex.test(asText(value)) === isWanted ? null : message)
}

function firstOf(patterns: { regex: LinearRegex; message: string | null }[], isBad: (regex: LinearRegex) => boolean): string | null {
  const bad = patterns.find(({ regex }) => isBad(regex))
  return bad === undefined ? null : (bad.message ?? 'invalid value')
}

function among(values: unknown[], isWanted: boolean): Test {
  const set = new Set(values)
  return (value) => (set.has(value) === isWanted ? null : `${isWanted ? 'expected one of' : 'must not be one of'}: ${values.join(', ')}`)
}

/** Members of a description that are no validators. */
const PARTS = new Set(['type', 'required', 'elements', 'keys', 'values', 'fields', 'default', 'description'])

function compileType(given: unknown, at: string, depth: number): KongCheck {
  if (depth > DEPTH_MAX) throw new Misfit(`${at} is nested deeper than ${DEPTH_MAX}`)
  if (!isObject(given)) throw new Misfit(`${at} must be an object with a type`)
  const type = String(given.type)
  const kind = Object.hasOwn(OF_TYPE, type) ? OF_TYPE[type] : undefined
  if (kind === undefined) throw new Misfit(`${at}.type must be one of ${Object.keys(OF_TYPE).join(', ')}`)
  const tests = Object.entries(given)
    .filter(([name]) => !PARTS.has(name))
    .map(([name, value]) => {
      const validator = Object.hasOwn(VALIDATORS, name) ? VALIDATORS[name] : undefined
      if (validator === undefined) throw new Misfit(`${at}.${name} is no validator that is supported`)
      if (!validator.types.includes(type)) throw new Misfit(`${at}.${name} does not apply to the type ${type}`)
      return validator.compile(value, `${at}.${name}`)
    })
  const inner = compileInner(given, type, at, depth)
  return (value) => {
    if (!kind.is(value)) return { path: '', message: kind.message }
    for (const test of tests) {
      const message = test(value)
      if (message !== null) return { path: '', message }
    }
    return inner(value)
  }
}

const below = (part: string | number, mismatch: KongMismatch | null): KongMismatch | null =>
  mismatch === null ? null : { path: `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}${mismatch.path}`, message: mismatch.message }

/** What is within a list, a map or a record. */
function compileInner(given: Record<string, unknown>, type: string, at: string, depth: number): KongCheck {
  for (const [part, of] of [
    ['elements', ['array', 'set']],
    ['keys', ['map']],
    ['values', ['map']],
    ['fields', ['record']],
  ] as const) {
    if (given[part] !== undefined && !(of as readonly string[]).includes(type)) throw new Misfit(`${at}.${part} does not apply to the type ${type}`)
  }
  if (type === 'record') return compileFields(given.fields, `${at}.fields`, depth + 1)
  if (type === 'map') return compileMap(given, at, depth)
  if (type !== 'array' && type !== 'set') return () => null
  const element = given.elements === undefined ? () => null : compileType(given.elements, `${at}.elements`, depth + 1)
  return (value) => {
    const list = value as unknown[]
    for (const [index, entry] of list.entries()) {
      const mismatch = below(index, element(entry))
      if (mismatch !== null) return mismatch
    }
    return type === 'set' && new Set(list.map((entry) => JSON.stringify(entry))).size < list.length ? { path: '', message: 'has the same element twice' } : null
  }
}

function compileMap(given: Record<string, unknown>, at: string, depth: number): KongCheck {
  const key = given.keys === undefined ? () => null : compileType(given.keys, `${at}.keys`, depth + 1)
  const entry = given.values === undefined ? () => null : compileType(given.values, `${at}.values`, depth + 1)
  return (value) => {
    for (const [name, member] of Object.entries(value as object)) {
      const mismatch = below(name, key(name) ?? entry(member))
      if (mismatch !== null) return mismatch
    }
    return null
  }
}

function compileFields(given: unknown, at: string, depth: number): KongCheck {
  if (!Array.isArray(given)) throw new Misfit(`${at} must be a list of fields, such as [{"name": {"type": "string"}}]`)
  const fields = new Map<string, { isRequired: boolean; check: KongCheck }>()
  for (const [index, entry] of given.entries()) {
    const names = isObject(entry) ? Object.keys(entry) : []
    const [name] = names
    if (!isObject(entry) || name === undefined || names.length !== 1) throw new Misfit(`${at}.${index} must be an object with the name of one field`)
    const field = entry[name]
    if (fields.has(name)) throw new Misfit(`${at}.${index} names the field ${name} once more`)
    if (isObject(field) && field.required !== undefined && typeof field.required !== 'boolean') throw new Misfit(`${at}.${index}.${name}.required must be true or false`)
    fields.set(name, { isRequired: isObject(field) && field.required === true, check: compileType(field, `${at}.${index}.${name}`, depth) })
  }
  return (value) => {
    const record = value as Record<string, unknown>
    for (const name of Object.keys(record)) if (!fields.has(name)) return { path: `/${name}`, message: 'unknown field' }
    for (const [name, { isRequired, check }] of fields) {
      const member = Object.hasOwn(record, name) ? record[name] : null
      if (member === null) {
        if (isRequired) return { path: `/${name}`, message: 'required field missing' }
        continue
      }
      const mismatch = below(name, check(member))
      if (mismatch !== null) return mismatch
    }
    return null
  }
}

/** Compiles a body described in Kong's way; a sentence with the place where it cannot be used. */
export function compileKongSchema(given: unknown): { ok: true; check: KongCheck } | { ok: false; problem: string } {
  try {
    const check = compileFields(given, 'the schema', 0)
    return { ok: true, check: (value) => (isObject(value) ? check(value) : { path: '', message: 'expected a record' }) }
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, problem: error.message }
    throw error
  }
}
