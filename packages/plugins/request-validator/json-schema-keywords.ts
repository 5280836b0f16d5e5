/** Versions of JSON Schema, in the order in which they came. */
export const DRAFTS = ['draft4', 'draft6', 'draft7', 'draft201909', 'draft202012'] as const
export type Draft = (typeof DRAFTS)[number]

/** What the value of a keyword is. */
export type KeywordKind =
  | 'any'
  | 'text'
  | 'flag'
  | 'flag or number'
  | 'number'
  | 'positive number'
  | 'count'
  | 'pattern'
  | 'format'
  | 'type'
  | 'enum'
  | 'names'
  | 'schema'
  | 'schema or flag'
  | 'schema or list'
  | 'list of schemas'
  | 'map of schemas'
  | 'map of patterns'
  | 'map of names'
  | 'map of names or schemas'
  | 'reference'

interface Keyword {
  kind: KeywordKind
  from: Draft
  to: Draft
  /** Applies to the same value as the schema that it stands in: a circle of these would never end. */
  isInPlace: boolean
  /** Does nothing without one of these beside it, which a strict validator refuses. */
  beside: readonly string[] | null
}

function keyword(kind: KeywordKind, more: Partial<Omit<Keyword, 'kind'>> = {}): Keyword {
  return { kind, from: 'draft4', to: 'draft202012', isInPlace: false, beside: null, ...more }
}

const inPlace = { isInPlace: true }
const SINCE_6 = { from: 'draft6' } as const
const SINCE_7 = { from: 'draft7' } as const
const SINCE_2019 = { from: 'draft201909' } as const
const UNTIL_7 = { to: 'draft7' } as const

/** Every keyword that is taken, in all versions that have it. What is not here is refused: a misspelt one would check nothing. */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  Object.entries({
    type: keyword('type'),
    enum: keyword('enum'),
    const: keyword('any', SINCE_6),
    multipleOf: keyword('positive number'),
    maximum: keyword('number'),
    minimum: keyword('number'),
    exclusiveMaximum: keyword('flag or number'),
    exclusiveMinimum: keyword('flag or number'),
    maxLength: keyword('count'),
    minLength: keyword('count'),
    pattern: keyword('pattern'),
    format: keyword('format'),
    maxItems: keyword('count'),
    minItems: keyword('count'),
    uniqueItems: keyword('flag'),
    contains: keyword('schema', SINCE_6),
    maxContains: keyword('count', { ...SINCE_2019, beside: ['contains'] }),
    minContains: keyword('count', { ...SINCE_2019, beside: ['contains'] }),
    items: keyword('schema or list'),
    prefixItems: keyword('list of schemas', { from: 'draft202012' }),
    additionalItems: keyword('schema or flag', { to: 'draft201909', beside: ['items'] }),
    unevaluatedItems: keyword('schema or flag', SINCE_2019),
    maxProperties: keyword('count'),
    minProperties: keyword('count'),
    required: keyword('names'),
    properties: keyword('map of schemas'),
    patternProperties: keyword('map of patterns'),
    additionalProperties: keyword('schema or flag'),
    unevaluatedProperties: keyword('schema or flag', SINCE_2019),
    propertyNames: keyword('schema', SINCE_6),
    dependencies: keyword('map of names or schemas', { ...UNTIL_7, ...inPlace }),
    dependentRequired: keyword('map of names', SINCE_2019),
    dependentSchemas: keyword('map of schemas', { ...SINCE_2019, ...inPlace }),
    allOf: keyword('list of schemas', inPlace),
    anyOf: keyword('list of schemas', inPlace),
    oneOf: keyword('list of schemas', inPlace),
    not: keyword('schema', inPlace),
    if: keyword('schema', { ...SINCE_7, ...inPlace, beside: ['then', 'else'] }),
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema; nobody waits for this object.
    then: keyword('schema', { ...SINCE_7, ...inPlace, beside: ['if'] }),
    else: keyword('schema', { ...SINCE_7, ...inPlace, beside: ['if'] }),
    definitions: keyword('map of schemas'),
    $defs: keyword('map of schemas', SINCE_2019),
    $ref: keyword('reference', inPlace),
    $schema: keyword('text'),
    $comment: keyword('text', SINCE_7),
    title: keyword('text'),
    description: keyword('text'),
    default: keyword('any'),
    examples: keyword('any', SINCE_6),
    deprecated: keyword('flag', SINCE_2019),
    readOnly: keyword('flag', SINCE_7),
    writeOnly: keyword('flag', SINCE_7),
    contentEncoding: keyword('text', SINCE_7),
    contentMediaType: keyword('text', SINCE_7),
  }),
)

/** Formats that are checked. */
export const FORMATS = [
  'date',
  'time',
  'date-time',
  'iso-time',
  'iso-date-time',
  'duration',
  'uri',
  'uri-reference',
  'uri-template',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'regex',
  'uuid',
  'json-pointer',
  'json-pointer-uri-fragment',
  'relative-json-pointer',
  'byte',
  'int32',
  'int64',
  'float',
  'double',
  'password',
  'binary',
] as const
