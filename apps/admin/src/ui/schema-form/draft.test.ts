import { keyauthCredentialSchema } from '@sluice/shared/entities/consumer'
import { pluginSchema } from '@sluice/shared/entities/plugin'
import { routeSchema } from '@sluice/shared/entities/route'
import { serviceSchema } from '@sluice/shared/entities/service'
import { upstreamSchema } from '@sluice/shared/entities/upstream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { type Checked, changedFields, checkDraft, type Draft, isSame, issuesByField, readPath, startDraft, writePath } from './draft.ts'
import { fieldsOf } from './fields.ts'

const check = (schema: z.ZodType, draft: Draft): Checked => checkDraft(schema, fieldsOf(schema), draft)
const problems = (schema: z.ZodType, draft: Draft) => {
  const checked = check(schema, draft)
  return checked.ok ? {} : Object.fromEntries(issuesByField(fieldsOf(schema), checked.issues))
}

test('a value is read by its path, and what is not there is undefined', () => {
  const draft = { a: { b: { c: 1 } }, list: [1], nothing: null }
  expect(readPath(draft, ['a', 'b', 'c'])).toBe(1)
  expect(readPath(draft, [])).toBe(draft)
  expect(readPath(draft, ['a', 'x', 'c'])).toBeUndefined()
  expect(readPath(draft, ['nothing', 'x'])).toBeUndefined()
  expect(readPath(draft, ['list', '0'])).toBeUndefined()
})

test('writing makes a copy; the draft before stays as it was', () => {
  const before = { a: { b: 1, c: 2 }, d: 3 }
  expect(writePath(before, ['a', 'b'], 9)).toEqual({ a: { b: 9, c: 2 }, d: 3 })
  expect(before).toEqual({ a: { b: 1, c: 2 }, d: 3 })
})

test('undefined takes a value out, and null is a value', () => {
  expect(writePath({ a: { b: 1, c: 2 } }, ['a', 'b'], undefined)).toEqual({ a: { c: 2 } })
  expect(writePath({ a: 1 }, ['a'], null)).toEqual({ a: null })
  expect(writePath({ a: 1 }, [], 5)).toEqual({ a: 1 })
})

test('a path whose parents are missing or of another kind is made', () => {
  expect(writePath({}, ['a', 'b'], 1)).toEqual({ a: { b: 1 } })
  expect(writePath({ a: 'text' }, ['a', 'b'], 1)).toEqual({ a: { b: 1 } })
})

test('what is written is what is read, wherever', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(fc.object({ key: name, maxDepth: 3 }), fc.array(name, { minLength: 1, maxLength: 4 }), fc.jsonValue(), (draft, path, value) => {
      expect(readPath(writePath(draft, path, value), path)).toEqual(value)
    }),
  )
})

test.each([
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [null, undefined, false],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  ['1', 1, false],
  [[], {}, false],
])('%j and %j are the same: %s', (left, right, same) => {
  expect(isSame(left, right)).toBe(same)
})

test('a new draft has the defaults of the schema, and what is known goes over them', () => {
  const draft = startDraft(fieldsOf(serviceSchema), { name: 'orders', port: 8080 })
  expect(draft).toMatchObject({ name: 'orders', port: 8080, protocol: 'http', retries: 5, enabled: true, tags: [], path: null })
  expect('host' in draft).toBe(false)
})

test('groups are filled with the defaults of their own fields', () => {
  const draft = startDraft(fieldsOf(upstreamSchema), { healthchecks: { active: { timeout: 3 } } })
  expect(readPath(draft, ['healthchecks', 'active', 'timeout'])).toBe(3)
  expect(readPath(draft, ['healthchecks', 'active', 'concurrency'])).toBe(10)
  expect(readPath(draft, ['healthchecks', 'passive', 'type'])).toBe('http')
})

test('a stored secret never comes into a draft', () => {
  const draft = startDraft(fieldsOf(keyauthCredentialSchema), { key: 'sha256:abc', ttl: 5 })
  expect('key' in draft).toBe(false)
  expect(draft.ttl).toBe(5)
})

test('what the schema does not know is left out of a draft', () => {
  expect('revision' in startDraft(fieldsOf(serviceSchema), { host: 'a', revision: 3, updated_by: 'ada' })).toBe(false)
})

test('a good draft comes out parsed, with defaults', () => {
  const checked = check(serviceSchema, { host: 'orders' })
  expect(checked).toMatchObject({ ok: true, value: { host: 'orders', port: 80, protocol: 'http' } })
})

test('mistakes that need no rule say what to write instead', () => {
  expect(problems(serviceSchema, {}).host).toEqual(['Write a value.'])
  expect(problems(serviceSchema, { host: 'a', port: 'many' }).port).toEqual(['Write a number.'])
  expect(problems(serviceSchema, { host: 'a', port: 70_000 }).port).toEqual(['Write 65535 or less.'])
  expect(problems(serviceSchema, { host: 'a', retries: -1 }).retries).toEqual(['Write 0 or more.'])
  expect(problems(routeSchema, { paths: ['/'], protocols: [] }).protocols).toContain('Name at least 1.')
})

test('the rules of a schema speak in their own words', () => {
  expect(problems(serviceSchema, { host: 'http://orders' }).host).toEqual(['must be a host name or an IP address, without scheme and port'])
  expect(problems(routeSchema, {}).paths?.[0]).toContain('must set one of')
  expect(problems(upstreamSchema, { name: '10.0.0.1' }).name).toEqual(['must be a host name without a port, not an address'])
})

test('a wrong entry of a list is named by its place in the list', () => {
  expect(problems(routeSchema, { paths: ['/good', 'bad', '/also//bad'] }).paths).toEqual(['Value 2: must start with / or ~/', 'Value 3: must not have an empty segment (//)'])
})

test('a secret that is left empty is no part of the value and no problem', () => {
  const consumer = { id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10' }
  for (const key of [undefined, '', null]) {
    const checked = check(keyauthCredentialSchema, { consumer, ttl: null, tags: [], key })
    expect(checked.ok && 'key' in checked.value).toBe(false)
    expect(checked.ok).toBe(true)
  }
})

test('an empty secret hides no other problem', () => {
  expect(problems(keyauthCredentialSchema, { ttl: -1 })).toEqual({ consumer: ['Write a value.'], ttl: ['Write 0 or more.'] })
})

test('a written secret is checked and kept', () => {
  const checked = check(z.strictObject({ key: z.string().min(4).meta({ secret: 'hashed' }) }), { key: 'abc' })
  expect(checked.ok).toBe(false)
  expect(check(z.strictObject({ key: z.string().meta({ secret: 'hashed' }) }), { key: 'abc' })).toEqual({ ok: true, value: { key: 'abc' } })
})

test('issues without a field come together under the empty path, with the path they name', () => {
  const fields = fieldsOf(serviceSchema)
  const issues = issuesByField(fields, [
    { path: '', message: 'The control plane does not answer.' },
    { path: 'unknown', message: 'unknown field' },
    { path: 'port', message: 'one' },
    { path: 'port', message: 'two' },
  ])
  expect(issues.get('')).toEqual(['The control plane does not answer.', 'unknown: unknown field'])
  expect(issues.get('port')).toEqual(['one', 'two'])
})

test('a field is not mistaken for another whose name merely begins alike', () => {
  const issues = issuesByField(fieldsOf(upstreamSchema), [{ path: 'hash_on_header', message: 'x' }])
  expect([...issues.keys()]).toEqual(['hash_on_header'])
})

test('an issue deep inside a value stands at the field that holds it', () => {
  expect([...issuesByField(fieldsOf(routeSchema), [{ path: 'headers.x-beta[0]', message: 'bad regex' }]).entries()]).toEqual([['headers', ['bad regex']]])
  expect([...issuesByField(fieldsOf(pluginSchema), [{ path: 'config.minute', message: 'too small' }]).entries()]).toEqual([['config', ['too small']]])
})

test('only what differs is written back', () => {
  const before = { name: 'orders', port: 80, tags: ['a'], path: null, revision: 4 }
  expect(changedFields(before, { name: 'orders', port: 81, tags: ['a'], path: null })).toEqual({ port: 81 })
  expect(changedFields(before, { tags: [] })).toEqual({ tags: [] })
  expect(changedFields(before, { path: '/v2', fresh: true })).toEqual({ path: '/v2', fresh: true })
  expect(changedFields(before, { port: undefined })).toEqual({})
})

test('an entity that is opened and saved untouched changes nothing', () => {
  const stored = serviceSchema.parse({ name: 'orders', host: 'orders.internal', tags: ['core'] })
  const checked = check(serviceSchema, startDraft(fieldsOf(serviceSchema), stored))
  expect(checked.ok && changedFields(stored, checked.value)).toEqual({})
})
