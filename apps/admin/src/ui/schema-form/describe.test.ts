import { expect, test } from 'vitest'
import * as z from 'zod'
import { factsOf, showValue } from './describe.ts'
import { type Field, fieldsOf } from './fields.ts'

test.each([
  [undefined, 'none'],
  [null, 'none'],
  ['', 'none'],
  [[], 'none'],
  [true, 'on'],
  [false, 'off'],
  [0, '0'],
  ['text', 'text'],
  [['a', 'b'], 'a, b'],
  [[['a'], true], 'a, on'],
  [{ id: 'x' }, '{"id":"x"}'],
])('%j is written %j in a sentence', (value, text) => {
  expect(showValue(value)).toBe(text)
})

const facts = (schema: z.ZodType) => Object.fromEntries(factsOf(fieldsOf(z.strictObject({ field: schema }))[0] as Field).map((fact) => [fact.term, fact.text]))

test('a number says its range with its unit', () => {
  expect(facts(z.int().min(1).max(65_535).default(80).meta({ unit: 'ms' }))).toEqual({ Type: 'whole number', Range: '1 to 65,535 ms', Default: '80' })
  expect(facts(z.number().min(0).default(1))).toEqual({ Type: 'number', Range: '0 or more', Default: '1' })
  expect(facts(z.number().max(10).default(1)).Range).toBe('up to 10')
  expect(facts(z.number().default(1)).Range).toBeUndefined()
})

test('a choice and a list of known words say their values', () => {
  expect(facts(z.enum(['a', 'b']).default('a'))).toEqual({ Type: 'one of a list', Values: 'a, b', Default: 'a' })
  expect(facts(z.array(z.enum(['http', 'https'])).default(['http']))).toMatchObject({ Type: 'list', Values: 'http, https', Default: 'http' })
  expect(facts(z.boolean().nullable().default(null))).toMatchObject({ Values: 'on, off', Default: 'none' })
})

test('a field that is needed has no default to tell', () => {
  expect(facts(z.string()).Default).toBe('none, it is needed')
})

test('a secret says that it cannot be read, instead of a default', () => {
  expect(facts(z.string().meta({ secret: 'hashed' }))).toEqual({ Type: 'secret', Reading: 'can be replaced, never read back' })
})
