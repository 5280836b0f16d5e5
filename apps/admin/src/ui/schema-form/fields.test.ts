import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { ENTITIES, ENTITY_TYPES } from '@sluice/shared/entities/registry'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { type Control, type Field, fieldsOf, leavesOf, titleOf } from './fields.ts'

const control = (schema: z.ZodType): Control | undefined => fieldsOf(z.strictObject({ field: schema }))[0]?.control
const only = (schema: z.ZodType): Field => fieldsOf(z.strictObject({ field: schema }))[0] as Field

test.each<[string, z.ZodType, Control]>([
  ['a string', z.string(), { kind: 'text', multiline: false }],
  ['a long text', z.string().meta({ widget: 'text' }), { kind: 'text', multiline: true }],
  ['a whole number with bounds', z.int().min(1).max(9), { kind: 'number', integer: true, min: 1, max: 9 }],
  ['a number without bounds', z.number(), { kind: 'number', integer: false, min: null, max: null }],
  ['a whole number without bounds', z.int(), { kind: 'number', integer: true, min: null, max: null }],
  ['a boolean', z.boolean(), { kind: 'switch' }],
  ['a boolean that may be unset', z.boolean().nullable(), { kind: 'choice', options: [true, false] }],
  ['an enum', z.enum(['a', 'b']), { kind: 'choice', options: ['a', 'b'] }],
  ['numbers to choose from', z.literal([301, 302]), { kind: 'choice', options: [301, 302] }],
  ['one allowed value', z.literal('v0'), { kind: 'choice', options: ['v0'] }],
  ['a list of texts', z.array(z.string()), { kind: 'list', options: null, numeric: false }],
  ['a list of numbers', z.array(z.int()), { kind: 'list', options: null, numeric: true }],
  ['a list of known words', z.array(z.enum(['http', 'https'])), { kind: 'list', options: ['http', 'https'], numeric: false }],
  ['names with values', z.record(z.string(), z.array(z.string())), { kind: 'map' }],
  ['a map of anything else', z.record(z.string(), z.int()), { kind: 'json' }],
  ['a list of objects', z.array(z.strictObject({ ip: z.string() })), { kind: 'json' }],
  ['a secret', z.string().meta({ secret: 'hashed' }), { kind: 'secret', multiline: false }],
  ['a secret of many lines', z.string().meta({ secret: 'sealed', widget: 'text' }), { kind: 'secret', multiline: true }],
  ['ids of entities', z.array(z.uuid()).meta({ entity: 'consumer_group' }), { kind: 'reference', entity: 'consumer_group', many: true }],
  ['anything', z.json(), { kind: 'json' }],
])('%s gets its control', (_, schema, expected) => {
  expect(control(schema)).toEqual(expected)
})

test('the control is the same whether the field has a default or may be null', () => {
  const plain = control(z.int().min(1))
  expect(control(z.int().min(1).default(5))).toEqual(plain)
  expect(control(z.int().min(1).nullable().default(null))).toEqual(plain)
  expect(control(z.array(z.string()).nullable().default(null))).toEqual(control(z.array(z.string())))
})

test('an object with an id alone is a reference to what its field is called, or to what its meta says', () => {
  const reference = z.strictObject({ id: z.uuid() })
  expect(fieldsOf(z.strictObject({ service: reference.nullable() }))[0]?.control).toEqual({ kind: 'reference', entity: 'service', many: false })
  expect(fieldsOf(z.strictObject({ client_certificate: reference.meta({ entity: 'certificate' }) }))[0]?.control).toEqual({
    kind: 'reference',
    entity: 'certificate',
    many: false,
  })
})

test('an object with more than an id is a group, and its fields know the whole path', () => {
  const group = only(z.strictObject({ inner: z.strictObject({ deep: z.int() }), other: z.string() }))
  expect(group.control.kind).toBe('group')
  expect(leavesOf([group]).map((field) => field.path.join('.'))).toEqual(['field.inner.deep', 'field.other'])
})

test('a field is needed only where the schema takes no value without it', () => {
  expect(only(z.string())).toMatchObject({ required: true, nullable: false, initial: undefined })
  expect(only(z.string().optional())).toMatchObject({ required: false, initial: undefined })
  expect(only(z.string().default('x'))).toMatchObject({ required: false, initial: 'x' })
  expect(only(z.string().nullable().default(null))).toMatchObject({ required: false, nullable: true, initial: null })
})

test('title, description and unit come from the meta; without a title the wire name is written out', () => {
  expect(only(z.int().meta({ title: 'Read timeout', description: 'Longest pause.', unit: 'ms' }))).toMatchObject({
    title: 'Read timeout',
    description: 'Longest pause.',
    unit: 'ms',
  })
  expect(only(z.int())).toMatchObject({ title: 'Field', description: null, unit: null })
  expect(titleOf('hash_on_header')).toBe('Hash on header')
})

test('what is computed is not in the form', () => {
  expect(fieldsOf(z.strictObject({ name: z.string(), digest: z.string().meta({ readOnly: true }) })).map((field) => field.name)).toEqual(['name'])
})

test('fields keep the order of the schema', () => {
  expect(fieldsOf(z.strictObject({ b: z.int(), a: z.int(), c: z.int() })).map((field) => field.name)).toEqual(['b', 'a', 'c'])
})

test.each(ENTITY_TYPES)('every field of %s has a control of its own, none falls back to JSON but those of free shape', (type) => {
  const free = new Set(['config', 'sources', 'destinations'])
  const json = leavesOf(fieldsOf(ENTITIES[type].schema)).filter((field) => field.control.kind === 'json' && !free.has(field.path[0] ?? ''))
  expect(json.map((field) => field.path.join('.'))).toEqual([])
})

test.each(ENTITY_TYPES)('every reference of %s points at a type that exists', (type) => {
  const entities = leavesOf(fieldsOf(ENTITIES[type].schema)).flatMap((field) => (field.control.kind === 'reference' ? [field.control.entity] : []))
  expect(entities.filter((entity) => !Object.hasOwn(ENTITIES, entity))).toEqual([])
})

test.each(ENTITY_TYPES)('every reference that the registry knows of %s is found by name in the form, never typed as an id', (type) => {
  const fields = fieldsOf(ENTITIES[type].schema)
  const kinds = Object.entries(ENTITIES[type].refs).map(([name, ref]) => [fields.find((field) => field.name === name)?.control, ref.type])
  for (const [kind, entity] of kinds) expect(kind).toEqual({ kind: 'reference', entity, many: false })
})

test.each(ENTITY_TYPES)('secrets of %s are secrets in the form', (type) => {
  const fields = fieldsOf(ENTITIES[type].schema)
  for (const name of Object.keys(ENTITIES[type].secrets)) expect(fields.find((field) => field.name === name)?.control.kind).toBe('secret')
})

test.each(Object.keys(PLUGIN_SCHEMAS))('the configuration of %s becomes a form in which every field says what it is', (name) => {
  const fields = leavesOf(fieldsOf(PLUGIN_SCHEMAS[name]?.config as z.ZodType))
  expect(fields.length).toBeGreaterThan(0)
  expect(fields.filter((field) => field.description === null).map((field) => field.path.join('.'))).toEqual([])
})
