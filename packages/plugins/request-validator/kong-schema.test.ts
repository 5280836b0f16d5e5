import { compileRegex } from '@sluice/shared/routing/regex'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileKongSchema } from './kong-schema.ts'
import { fromLuaPattern } from './lua-pattern.ts'

function mismatch(fields: unknown, value: unknown): string | null {
  const result = compileKongSchema(fields)
  if (!result.ok) throw new Error(result.problem)
  const found = result.check(value)
  return found === null ? null : `${found.path} ${found.message}`
}
const problem = (fields: unknown) => {
  const result = compileKongSchema(fields)
  return result.ok ? null : result.problem
}
/** Misfit of the field `a` described so. */
const ofField = (description: Record<string, unknown>, a: unknown) => mismatch([{ a: description }], { a })

describe('a body in Kong’s own format', () => {
  test.each<[Record<string, unknown>, unknown, unknown]>([
    [{ type: 'string' }, 'x', 1],
    [{ type: 'number' }, 1.5, '1.5'],
    [{ type: 'integer' }, 1, 1.5],
    [{ type: 'boolean' }, true, 'true'],
    [{ type: 'array', elements: { type: 'integer' } }, [1, 2], [1, 'a']],
    [{ type: 'array' }, [1], { a: 1 }],
    [{ type: 'set', elements: { type: 'string' } }, ['a', 'b'], ['a', 'a']],
    [{ type: 'map', keys: { type: 'string', len_min: 2 }, values: { type: 'integer' } }, { ab: 1 }, { a: 1 }],
    [{ type: 'map', values: { type: 'integer' } }, { ab: 1 }, { ab: 'x' }],
    [{ type: 'record', fields: [{ b: { type: 'string', required: true } }] }, { b: 'x' }, {}],
    [{ type: 'integer', between: [1, 5] }, 5, 6],
    [{ type: 'number', gt: 0 }, 0.1, 0],
    [{ type: 'string', len_eq: 2 }, 'ab', 'abc'],
    [{ type: 'string', len_min: 2 }, 'ab', 'a'],
    [{ type: 'array', len_max: 1 }, [1], [1, 2]],
    [{ type: 'string', match: '^%d+$' }, '12', '12a'],
    [{ type: 'string', not_match: '%s' }, 'ab', 'a b'],
    [{ type: 'string', match_all: [{ pattern: '%d' }, { pattern: '%a', err: 'no letter' }] }, 'a1', '11'],
    [{ type: 'string', match_none: [{ pattern: '<' }] }, 'a', '<'],
    [{ type: 'string', match_any: { patterns: ['^a', '^b'] } }, 'b', 'c'],
    [{ type: 'string', starts_with: '/' }, '/a', 'a'],
    [{ type: 'string', one_of: ['a', 'b'] }, 'a', 'c'],
    [{ type: 'string', not_one_of: ['a'] }, 'b', 'a'],
    [{ type: 'string', uuid: true }, '123e4567-e89b-12d3-a456-426614174000', 'x'],
    [{ type: 'string', is_regex: true }, 'a+', '('],
    [{ type: 'number', timestamp: true }, 1, 0],
  ])('%j', (description, good, bad) => {
    expect(ofField(description, good)).toBeNull()
    expect(ofField(description, bad)).not.toBeNull()
  })

  test('lets fields be away or null unless they are required, and knows every field', () => {
    const fields = [{ a: { type: 'string', required: true } }, { b: { type: 'string' } }]
    expect(mismatch(fields, { a: 'x', b: null })).toBeNull()
    expect(mismatch(fields, { b: 'x' })).toBe('/a required field missing')
    expect(mismatch(fields, { a: null })).toBe('/a required field missing')
    expect(mismatch(fields, { a: 'x', c: 1 })).toBe('/c unknown field')
    expect(mismatch(fields, [])).toBe(' expected a record')
    expect(mismatch([{ constructor: { type: 'string', required: true } }], {})).toBe('/constructor required field missing')
  })

  test('names the place of what does not fit', () => {
    const fields = [{ list: { type: 'array', elements: { type: 'record', fields: [{ 'a/b': { type: 'integer' } }] } } }]
    expect(mismatch(fields, { list: [{ 'a/b': 1 }, { 'a/b': 'x' }] })).toBe('/list/1/a~1b expected an integer')
  })

  test.each<[unknown, string]>([
    [{}, 'the schema must be a list of fields'],
    [[{}], 'the schema.0 must be an object with the name of one field'],
    [[{ a: { type: 'string' }, b: { type: 'string' } }], 'the schema.0'],
    [[{ a: { type: 'string' } }, { a: { type: 'string' } }], 'the schema.1 names the field a once more'],
    [[{ a: { type: 'text' } }], 'the schema.0.a.type must be one of'],
    [[{ a: 'string' }], 'the schema.0.a must be an object'],
    [[{ a: { type: 'string', required: 'yes' } }], 'the schema.0.a.required'],
    [[{ a: { type: 'string', between: [1, 2] } }], 'the schema.0.a.between does not apply to the type string'],
    [[{ a: { type: 'integer', between: [1] } }], 'the schema.0.a.between must be two numbers'],
    [[{ a: { type: 'string', custom: 'x' } }], 'the schema.0.a.custom is no validator'],
    [[{ a: { type: 'string', match: '%b()' } }], 'the schema.0.a.match: the pattern %b is not supported'],
    [[{ a: { type: 'string', elements: {} } }], 'the schema.0.a.elements does not apply'],
    [[{ a: { type: 'record' } }], 'the schema.0.a.fields must be a list'],
  ])('%j is refused: %s', (fields, text) => expect(problem(fields)).toContain(text))

  test('never throws, whatever it is given (property)', () => {
    fc.assert(fc.property(fc.jsonValue(), (given) => typeof compileKongSchema(given).ok === 'boolean'))
  })
})

describe('a pattern of Lua', () => {
  test.each<[string, string[], string[]]>([
    ['^%a+$', ['abc'], ['a1', '']],
    ['%d%d', ['x12'], ['1x2']],
    ['^[%w_]+$', ['a_1'], ['a-1']],
    ['^[^%s]*$', ['ab'], ['a b']],
    ['^a.-b$', ['axxb', 'ab'], ['a']],
    ['^[]a]$', [']', 'a'], ['b']],
    ['^[a-c]$', ['b'], ['d', '-']],
    ['^[a-]$', ['-', 'a'], ['b']],
    ['%.', ['a.b'], ['ab']],
    ['^%u%l$', ['Ab'], ['ab']],
    ['a|b', ['a|b'], ['a', 'b']],
    ['a{2}', ['a{2}'], ['aa']],
    ['$a', ['$a'], ['a']],
    ['^(ab)?$', ['ab?'], ['ab', '']],
    ['^.$', ['\n'], ['']],
    ['^%S+$', ['ab'], ['a b']],
    ['\\d', ['\\d'], ['1']],
  ])('%s', (pattern, good, bad) => {
    const result = fromLuaPattern(pattern)
    if (!result.ok) throw new Error(result.problem)
    const regex = compileRegex(result.pattern)
    for (const text of good) expect(regex.test(text), text).toBe(true)
    for (const text of bad) expect(regex.test(text), text).toBe(false)
  })

  test.each(['%', '[a', '(a', 'a)', '%f[a]', '(a)%1', '[%S]', '[c-a]'])('%s is refused', (pattern) => expect(fromLuaPattern(pattern).ok).toBe(false))
})
