// biome-ignore-all lint/suspicious/noThenProperty: it is a keyword of JSON Schema; nobody waits for these objects.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileJsonSchema } from './json-schema.ts'
import { DRAFTS, type Draft, FORMATS, KEYWORDS } from './json-schema-keywords.ts'
import { jsonSchemaProblem } from './json-schema-walk.ts'

const fits = (schema: unknown, value: unknown, draft: Draft = 'draft202012') => {
  expect(jsonSchemaProblem(schema, draft)).toBeNull()
  return compileJsonSchema(schema, draft)(value) === null
}

describe('a schema that is refused', () => {
  test.each<[unknown, string, Draft?]>([
    [5, '# must be a schema'],
    [null, '# must be a schema'],
    [true, '# must be a schema', 'draft4'],
    [{ typ: 'string' }, '#/typ is no keyword of draft202012 that is supported'],
    [{ const: 1 }, '#/const is no keyword of draft4', 'draft4'],
    [{ prefixItems: [true] }, '#/prefixItems is no keyword of draft7', 'draft7'],
    [{ dependencies: {} }, '#/dependencies is no keyword of draft202012'],
    [{ type: 'text' }, '#/type must be one or several of'],
    [{ type: ['string', 'string'] }, '#/type'],
    [{ properties: { a: { minLength: -1 } } }, '#/properties/a/minLength must be a whole number'],
    [{ properties: [] }, '#/properties must be an object'],
    [{ required: ['a', 'a'] }, '#/required must be a list of different names'],
    [{ required: [] }, '#/required must not be empty in draft4', 'draft4'],
    [{ enum: [] }, '#/enum'],
    [{ multipleOf: 0 }, '#/multipleOf must be a number above 0'],
    [{ exclusiveMinimum: true }, '#/exclusiveMinimum must be a number'],
    [{ exclusiveMinimum: 1 }, '#/exclusiveMinimum must be true or false in draft4', 'draft4'],
    [{ format: 'phone' }, '#/format must be one of'],
    [{ pattern: '(?=a)' }, '#/pattern invalid regex'],
    [{ pattern: '(a)\\1' }, '#/pattern invalid regex'],
    [{ patternProperties: { '(': true } }, '#/patternProperties/(: invalid regex'],
    [{ allOf: [] }, '#/allOf must be a list of schemas'],
    [{ items: [true] }, '#/items must be a schema'],
    [{ additionalItems: false }, '#/additionalItems does nothing without items', 'draft7'],
    [{ items: true, additionalItems: false }, '#/additionalItems does nothing unless items is a list', 'draft7'],
    [{ if: true }, '#/if does nothing without then or else'],
    [{ then: true }, '#/then does nothing without if'],
    [{ minContains: 1 }, '#/minContains does nothing without contains'],
    [{ $ref: 'https://schemas.test/a.json' }, '#/$ref must be a place in this document'],
    [{ $ref: 'file:///etc/passwd' }, '#/$ref must be a place in this document'],
    [{ $ref: '#/$defs/none' }, '#/$ref names no schema of this document'],
    [{ $ref: '#/properties', properties: {} }, '#/$ref names no schema'],
    [{ $ref: '#anchor' }, '#/$ref must be a place'],
    [{ properties: { a: { $id: 'x' } } }, '#/properties/a/$id is supported at the top only'],
    [{ $dynamicRef: '#a' }, '#/$dynamicRef is no keyword'],
    [{ $ref: '#' }, '# leads back to itself'],
    [{ allOf: [{ anyOf: [{ $ref: '#/allOf/0' }] }] }, 'leads back to itself'],
    [{ $defs: { a: { not: { $ref: '#/$defs/b' } }, b: { if: { $ref: '#/$defs/a' }, then: true } } }, 'leads back to itself'],
    [JSON.parse('{"properties":{"__proto__":{}}}'), '#/properties may not name __proto__'],
    [{ dependentRequired: { a: 'b' } }, '#/dependentRequired/a must be a list'],
  ])('%j: %s', (schema, problem, draft = 'draft202012') => {
    expect(jsonSchemaProblem(schema, draft)).toContain(problem)
  })

  test('one that is too deep or too large', () => {
    let deep: unknown = {}
    for (let depth = 0; depth < 200; depth += 1) deep = { not: deep }
    expect(jsonSchemaProblem(deep, 'draft7')).toContain('nested deeper')
    const properties = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`p${index}`, {}]))
    expect(jsonSchemaProblem({ properties }, 'draft7')).toContain('more than 10000 schemas')
  })
})

/** Schemas that use any keyword with values that often fit it. */
const leaf = fc.oneof(
  fc.constantFrom(true, false, 'a', '^a+$', 'string', 'object', 'email', '#', '#/$defs/a', '#/properties/a', 0, 1, 2.5, -1),
  fc.constantFrom(['a', 'b'], ['string', 'null'], [1], {}),
)
const { schema: anySchema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    fc.dictionary(
      fc.constantFrom(...KEYWORDS.keys()),
      fc.oneof(leaf, tie('schema'), fc.array(tie('schema'), { maxLength: 2 }), fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 })),
      { maxKeys: 4 },
    ),
  ),
}))

test.each(DRAFTS)('of %s, a schema that is taken is compiled, and checks any value without a throw (property)', (draft) => {
  let taken = 0
  fc.assert(
    fc.property(anySchema, fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 }), (schema, values) => {
      if (jsonSchemaProblem(schema, draft) !== null) return
      taken += 1
      const check = compileJsonSchema(schema, draft)
      for (const value of values) check(value)
    }),
    { numRuns: 1_500 },
  )
  expect(taken).toBeGreaterThan(20)
})

describe('JSON Schema', () => {
  test.each<[string, unknown, unknown[], unknown[], Draft?]>([
    [
      'an object',
      { type: 'object', required: ['a'], properties: { a: { type: 'integer' } }, additionalProperties: false },
      [{ a: 1 }, { a: 1.0 }],
      [{}, { a: 1.5 }, { a: 1, b: 2 }, [], 'a', null],
    ],
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: { type: 'number' } }, [['a', 1, 2], []], [[1], ['a', 'b']]],
    ['unevaluatedProperties', { allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, [{ a: 1 }], [{ b: 1 }]],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, [{ a: 1, b: 2 }, {}], [{ a: 1 }]],
    ['a list as items', { items: [{ type: 'string' }], additionalItems: false }, [['a']], [[1], ['a', 'b']], 'draft7'],
    ['dependencies', { dependencies: { a: ['b'], c: { required: ['d'] } } }, [{ a: 1, b: 1 }], [{ a: 1 }, { c: 1 }], 'draft7'],
    ['limits of draft 4', { minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false }, [2, 3], [1, 4], 'draft4'],
    [
      'properties called like keywords in draft 4',
      { properties: { maximum: { type: 'string' }, id: { type: 'integer' } } },
      [{ maximum: 'a', id: 1 }],
      [{ maximum: 1 }, { id: 'a' }],
      'draft4',
    ],
    ['a schema of itself', { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false }, [{ next: { next: {} } }], [{ next: { other: 1 } }]],
    ['a reference with escapes', { $defs: { 'a/b ~': { type: 'string' } }, $ref: '#/$defs/a~1b%20~0' }, ['a'], [1]],
    ['hundredths', { multipleOf: 0.01 }, [0.07, 19.99, 1], [0.075]],
    [
      'if',
      { if: { properties: { a: { const: 1 } } }, then: { required: ['b'] }, else: { required: ['c'] } },
      [
        { a: 1, b: 1 },
        { a: 2, c: 1 },
      ],
      [{ a: 1 }, { a: 2 }],
    ],
    ['what every object inherits', { required: ['constructor'] }, [JSON.parse('{"constructor":1}')], [{}]],
    [
      'different elements',
      { uniqueItems: true },
      [
        [1, '1', true, null],
        [{ a: 1 }, { a: 2 }],
      ],
      [
        [1, 1],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        [[1], [1]],
      ],
    ],
    ['a pattern with \\u and classes', { pattern: '^[\\u00e0-\\u00ff\\w]+$' }, ['é', 'abc'], ['-', '']],
    ['the name at the top', { $id: 'https://schemas.test/a', $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'string' }, ['a'], [1]],
  ])('%s', (_, schema, good, bad, draft = 'draft202012') => {
    for (const value of good) expect(fits(schema, value, draft), JSON.stringify(value)).toBe(true)
    for (const value of bad) expect(fits(schema, value, draft), JSON.stringify(value)).toBe(false)
  })

  test.each<[(typeof FORMATS)[number], unknown, unknown]>([
    ['date', '2026-02-28', '2026-02-30'],
    ['date-time', '2026-02-28T10:00:00Z', '2026-02-28 10 o’clock'],
    ['email', 'anna@shop.test', 'anna@'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    ['ipv4', '192.0.2.1', '192.0.2.256'],
    ['ipv6', '2001:db8::1', '2001:::1'],
    ['hostname', 'shop.test', '-shop'],
    ['uri', 'https://shop.test/a?b#c', 'shop'],
    ['duration', 'P1DT2H', 'P'],
    ['byte', 'YWI=', 'YWI'],
    ['regex', '^a+$', '(?=a)'],
    ['int32', 5, 2_147_483_648],
    ['json-pointer', '/a/0', 'a'],
  ])('format %s', (format, good, bad) => {
    expect(fits({ format }, good)).toBe(true)
    expect(fits({ format }, bad)).toBe(false)
  })

  test('hostile texts cost no more than their length', () => {
    expect(fits({ pattern: '^(a|aa)+$' }, `${'a'.repeat(100_000)}!`)).toBe(false)
    expect(fits({ pattern: '^(\\w+\\s?)*$' }, `${'a '.repeat(20_000)}!`)).toBe(false)
    for (const format of FORMATS) fits({ format }, `${'a@1.:/-'.repeat(100_000)}!`)
    const list = Array.from({ length: 50_000 }, (_, index) => ({ index }))
    expect(fits({ uniqueItems: true }, list)).toBe(true)
  })
})
