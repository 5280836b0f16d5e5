import { fromScriptPattern, regexProblem } from '@sluice/shared/routing/regex'
import { DRAFTS, type Draft, FORMATS, KEYWORDS, type KeywordKind } from './json-schema-keywords.ts'

/** Schemas within each other that are looked at; deeper ones are refused. */
const SCHEMA_DEPTH_MAX = 100
/** Schemas of one document. */
const SCHEMAS_MAX = 10_000

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0
const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length
const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

class Misfit extends Error {}

/** Reads a schema once and throws at the first thing that a strict validator of this version would refuse, or that could take it outside. */
class SchemaWalk {
  readonly #draft: Draft
  /** Where each schema is, with what it leads to for the same value. */
  readonly #inPlace = new Map<string, string[]>()
  readonly #references: { from: string; to: string }[] = []

  constructor(draft: Draft) {
    this.#draft = draft
  }

  check(schema: unknown): void {
    this.#schema(schema, '', 0)
    for (const { from, to } of this.#references) {
      if (!this.#inPlace.has(to)) throw new Misfit(`#${from}/$ref names no schema of this document: #${to}`)
      this.#inPlace.get(from)?.push(to)
    }
    this.#refuseCircles()
  }

  #schema(value: unknown, at: string, depth: number): void {
    if (typeof value === 'boolean' && this.#draft !== 'draft4') {
      this.#inPlace.set(at, [])
      return
    }
    if (!isObject(value)) throw new Misfit(`#${at} must be a schema`)
    if (depth > SCHEMA_DEPTH_MAX) throw new Misfit(`#${at} is nested deeper than ${SCHEMA_DEPTH_MAX} schemas`)
    if (this.#inPlace.size >= SCHEMAS_MAX) throw new Misfit(`has more than ${SCHEMAS_MAX} schemas`)
    this.#inPlace.set(at, [])
    for (const [name, given] of Object.entries(value)) this.#keyword({ name, given, beside: value, at, depth })
  }

  #keyword({ name, given, beside, at, depth }: { name: string; given: unknown; beside: Record<string, unknown>; at: string; depth: number }): void {
    const here = `${at}/${escaped(name)}`
    // What the document calls itself says nothing where nothing can refer to it from outside.
    if (name === (this.#draft === 'draft4' ? 'id' : '$id')) {
      if (at !== '') throw new Misfit(`#${here} is supported at the top only`)
      if (typeof given !== 'string') throw new Misfit(`#${here} must be a text`)
      return
    }
    const keyword = KEYWORDS.get(name)
    const place = DRAFTS.indexOf(this.#draft)
    if (keyword === undefined || place < DRAFTS.indexOf(keyword.from) || place > DRAFTS.indexOf(keyword.to))
      throw new Misfit(`#${here} is no keyword of ${this.#draft} that is supported`)
    if (keyword.beside !== null && !keyword.beside.some((other) => Object.hasOwn(beside, other))) throw new Misfit(`#${here} does nothing without ${keyword.beside.join(' or ')}`)
    if (name === 'additionalItems' && !Array.isArray(beside.items)) throw new Misfit(`#${here} does nothing unless items is a list`)
    const inner: Inner = { here, depth: depth + 1, leadsTo: keyword.isInPlace ? (this.#inPlace.get(at) as string[]) : [] }
    this.#value(keyword.kind, given, inner)
    if (keyword.kind === 'reference') this.#references.push({ from: at, to: target(String(given), here) })
  }

  #value(kind: KeywordKind, given: unknown, inner: Inner): void {
    const problem = PLAIN[kind]?.(given, this.#draft)
    if (problem !== undefined && problem !== null) throw new Misfit(`#${inner.here} ${problem}`)
    switch (kind) {
      case 'schema or flag':
        if (typeof given !== 'boolean') this.#inner(given, inner, null)
        return
      case 'schema':
        this.#inner(given, inner, null)
        return
      case 'schema or list':
        if (Array.isArray(given) && this.#draft !== 'draft202012') this.#list(given, inner)
        else this.#inner(given, inner, null)
        return
      case 'list of schemas':
        this.#list(given, inner)
        return
      case 'map of schemas':
      case 'map of patterns':
      case 'map of names':
      case 'map of names or schemas':
        this.#map(kind, given, inner)
    }
  }

  #inner(given: unknown, { here, depth, leadsTo }: Inner, part: string | null): void {
    const at = part === null ? here : `${here}/${escaped(part)}`
    leadsTo.push(at)
    this.#schema(given, at, depth)
  }

  #list(given: unknown, inner: Inner): void {
    if (!Array.isArray(given) || given.length === 0) throw new Misfit(`#${inner.here} must be a list of schemas that is not empty`)
    for (const [index, entry] of given.entries()) this.#inner(entry, inner, String(index))
  }

  #map(kind: KeywordKind, given: unknown, inner: Inner): void {
    if (!isObject(given)) throw new Misfit(`#${inner.here} must be an object`)
    for (const [name, entry] of Object.entries(given)) {
      if (name === '__proto__') throw new Misfit(`#${inner.here} may not name __proto__`)
      const problem = kind === 'map of patterns' ? patternProblem(name) : null
      if (problem !== null) throw new Misfit(`#${inner.here}/${escaped(name)}: ${problem}`)
      const isNamesOnly = kind === 'map of names' || (kind === 'map of names or schemas' && Array.isArray(entry))
      if (!isNamesOnly) this.#inner(entry, inner, name)
      else if (!isNames(entry)) throw new Misfit(`#${inner.here}/${escaped(name)} must be a list of different names`)
    }
  }

  /** A schema that leads back to itself for the same value would be asked without end. */
  #refuseCircles(): void {
    const done = new Set<string>()
    for (const start of this.#inPlace.keys()) {
      const path: { at: string; next: number }[] = [{ at: start, next: 0 }]
      const open = new Set([start])
      while (path.length > 0) {
        const top = path[path.length - 1] as { at: string; next: number }
        const to = done.has(top.at) ? undefined : this.#inPlace.get(top.at)?.[top.next]
        top.next += 1
        if (to === undefined) {
          done.add(top.at)
          open.delete(top.at)
          path.pop()
        } else if (open.has(to)) throw new Misfit(`#${to} leads back to itself for the same value`)
        else {
          open.add(to)
          path.push({ at: to, next: 0 })
        }
      }
    }
  }
}

interface Inner {
  here: string
  depth: number
  /** Where schemas for the same value are noted. */
  leadsTo: string[]
}

/** The place that a reference names; throws for one that leads out of the document. */
function target(reference: string, here: string): string {
  if (reference === '#') return ''
  if (!reference.startsWith('#/')) throw new Misfit(`#${here} must be a place in this document, such as #/$defs/name: nothing is fetched`)
  try {
    return decodeURIComponent(reference.slice(1))
  } catch {
    throw new Misfit(`#${here} is not a JSON pointer`)
  }
}

function patternProblem(pattern: string): string | null {
  return regexProblem(fromScriptPattern(pattern))
}

function typeProblem(given: unknown): string | null {
  const types = Array.isArray(given) ? given : [given]
  if (types.length > 0 && types.every((type) => TYPES.has(type as string)) && new Set(types).size === types.length) return null
  return `must be one or several of ${[...TYPES].join(', ')}`
}

type Check = (given: unknown, draft: Draft) => string | null
const must =
  (is: (given: unknown) => boolean, what: string): Check =>
  (given) =>
    is(given) ? null : `must be ${what}`
const isNumber = (given: unknown) => typeof given === 'number' && Number.isFinite(given)
const isFlag = (given: unknown) => typeof given === 'boolean'

/** What a keyword's value must be, where it holds no schemas; a sentence where it is not. */
const PLAIN: Readonly<Partial<Record<KeywordKind, Check>>> = {
  text: must((given) => typeof given === 'string', 'a text'),
  reference: must((given) => typeof given === 'string', 'a text'),
  flag: must(isFlag, 'true or false'),
  number: must(isNumber, 'a number'),
  'positive number': must((given) => isNumber(given) && Number(given) > 0, 'a number above 0'),
  count: must(isCount, 'a whole number from 0 on'),
  'flag or number': (given, draft) => (draft === 'draft4' ? must(isFlag, 'true or false in draft4') : must(isNumber, 'a number'))(given, draft),
  names: (given, draft) => {
    if (!isNames(given)) return 'must be a list of different names'
    return draft === 'draft4' && given.length === 0 ? 'must not be empty in draft4' : null
  },
  enum: must((given) => Array.isArray(given) && given.length > 0, 'a list that is not empty'),
  type: typeProblem,
  format: (given) => ((FORMATS as readonly unknown[]).includes(given) ? null : `must be one of ${FORMATS.join(', ')}`),
  pattern: (given) => (typeof given === 'string' ? patternProblem(given) : 'must be a text'),
}

/**
 * Why a JSON Schema cannot be used, with a JSON pointer to the place; null where it can. Strict: unknown keywords and formats, keywords that do
 * nothing, references out of the document, patterns that are not linear (RE2 has no look-around and no back-references) and schemas that lead back
 * to themselves for the same value are refused.
 */
export function jsonSchemaProblem(schema: unknown, draft: Draft): string | null {
  try {
    new SchemaWalk(draft).check(schema)
    return null
  } catch (error) {
    if (error instanceof Misfit) return error.message
    throw error
  }
}
