import { ENTITIES, ENTITY_TYPES, type EntityType } from '@sluice/shared/entities/registry'
import { describe, expect, test } from 'vitest'
import { fieldsOf } from '../../ui/schema-form/fields.ts'
import { CREDENTIAL_KINDS, CREDENTIAL_TYPES, cellText, isAskedFor, usedByText } from './credential-kinds.ts'

const kindOf = (type: string) => {
  const kind = CREDENTIAL_KINDS.find((entry) => entry.type === type)
  if (kind === undefined) throw new Error(type)
  return kind
}
const CONSUMER = { consumer: { id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10' } }

test('every entity that belongs to a consumer alone has a list', () => {
  const owned = ENTITY_TYPES.filter((type) => type !== 'plugin' && Object.hasOwn(ENTITIES[type as EntityType].refs, 'consumer'))
  expect([...CREDENTIAL_TYPES].toSorted()).toEqual(owned.toSorted())
  expect(CREDENTIAL_KINDS.map(({ type }) => type)).toEqual([...CREDENTIAL_TYPES])
})

describe.each(CREDENTIAL_KINDS)('$type', (kind) => {
  const { refs, secrets } = ENTITIES[kind.type]

  test('shows no secret in its list', () => {
    for (const { field } of kind.columns) expect(Object.keys(secrets)).not.toContain(field)
  })

  test('shows its secret once, where it has one', () => {
    expect(kind.secret?.field ?? null).toBe(Object.keys(secrets)[0] ?? null)
  })

  test('has columns and a form of fields that exist', () => {
    const names = fieldsOf(ENTITIES[kind.type].schema).map(({ name }) => name)
    for (const { field } of kind.columns) expect(names).toContain(field)
    expect(fieldsOf(kind.schema).map(({ name }) => name)).toEqual(names)
    expect(Object.keys(refs)).toEqual(['consumer'])
  })
})

test('a JWT key may be left empty, as the control plane makes one', () => {
  const { schema } = kindOf('jwt_secret')
  expect(schema.safeParse({ ...CONSUMER, secret: 'long enough to count' }).success).toBe(true)
})

describe('what uses a credential', () => {
  test('every kind is asked for by a plugin of this version, and names it', () => {
    for (const kind of CREDENTIAL_KINDS) {
      expect(isAskedFor(kind)).toBe(true)
      expect(usedByText(kind)).toContain(`The plugin ${kind.plugin} `)
    }
    expect(usedByText(kindOf('keyauth_credential'))).toBe('The plugin key-auth asks for them.')
    expect(usedByText(kindOf('acl'))).toMatch(/canary plugins can choose by them/)
  })

  test('a kind that no plugin asks for says so', () => {
    for (const kind of CREDENTIAL_KINDS.filter(({ type }) => type !== 'acl')) expect(usedByText(kind, {})).toMatch(/This version has no plugin/)
    expect(usedByText(kindOf('acl'), {})).toBe('Canary plugins can choose by them.')
  })

  test('a plugin that is added later is noticed by itself', () => {
    expect(usedByText(kindOf('basicauth_credential'), { 'basic-auth': {} })).toBe('The plugin basic-auth asks for them.')
  })
})

test.each([
  ['ttl', null, 'ever'],
  ['ttl', 86_400, '86,400 s'],
  ['username', 'ada', 'ada'],
  ['username', '', '–'],
])('the cell %s of %j reads "%s"', (field, value, text) => {
  expect(cellText(field, value)).toBe(text)
})
