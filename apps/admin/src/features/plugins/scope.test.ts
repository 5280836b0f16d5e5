import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { describe, expect, test } from 'vitest'
import { allowedText, formSchemaOf, newPluginHref, placeFields, refusedFields, SCOPE_FIELDS, schemaOfAddress, scopeOfAddress, scopesOf } from './scope.ts'

const ID = '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10'
const schemaOf = (name: string) => {
  const schema = PLUGIN_SCHEMAS[name]
  if (schema === undefined) throw new Error(name)
  return schema
}
const params = (text: string) => new URLSearchParams(text)

describe('what a plugin is bound to', () => {
  test.each([
    ['nothing', {}, []],
    ['nothing, said with null', { service: null, route: null, consumer: null, consumer_group: null }, []],
    ['one service', { service: { id: ID } }, ['service']],
    ['two at once, from wide to narrow', { consumer: { id: ID }, service: { id: ID } }, ['service', 'consumer']],
  ])('%s', (_, plugin, scopes) => {
    expect(scopesOf(plugin).map(({ type }) => type)).toEqual(scopes)
  })
})

describe('where a kind may be bound', () => {
  test.each([
    ['key-auth', 'global, service or route', ['consumer', 'consumer_group']],
    ['rate-limiting', 'global, service, route, consumer or consumer group', []],
    ['correlation-id', 'global, service, route or consumer', ['consumer_group']],
  ])('%s: %s', (name, text, refused) => {
    expect(allowedText(schemaOf(name))).toBe(text)
    expect(refusedFields(schemaOf(name))).toEqual(refused)
    for (const scope of refused) expect(placeFields(schemaOf(name))).not.toContain(scope)
    expect(placeFields(schemaOf(name))).toHaveLength(1 + SCOPE_FIELDS.length - refused.length)
  })

  test('one scope alone is named alone', () => {
    expect(allowedText({ scopes: ['route'] })).toBe('route')
  })
})

describe('the address of the form', () => {
  test('is read back as it was written', () => {
    const href = newPluginHref({ type: 'consumer_group', id: ID }, 'rate-limiting')
    const read = params(href.split('?')[1] ?? '')
    expect(scopeOfAddress(read)).toEqual({ type: 'consumer_group', id: ID })
    expect(schemaOfAddress(read)?.name).toBe('rate-limiting')
  })

  test('is the gallery without a name', () => {
    expect(newPluginHref(null)).toBe('/plugins/new')
    expect(schemaOfAddress(params(''))).toBeNull()
  })

  test.each(['toString', '__proto__', 'nothing'])('a name that is no plugin (%s) leads to the gallery too', (name) => {
    expect(schemaOfAddress(params(`name=${name}`))).toBeNull()
  })

  test.each(['service=orders', 'service=', `node=${ID}`])('%s names no scope', (text) => {
    expect(scopeOfAddress(params(text))).toBeNull()
  })
})

describe('the schema of a form', () => {
  test('is the same object each time, so that a form keeps what was typed', () => {
    for (const schema of Object.values(PLUGIN_SCHEMAS)) expect(formSchemaOf(schema)).toBe(formSchemaOf(schema))
  })

  test('finds faults of the plugin’s own fields at their place under config', () => {
    const result = formSchemaOf(schemaOf('rate-limiting')).safeParse({ name: 'rate-limiting', config: { minute: 10, hour: 5 } })
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual(['config.hour'])
  })

  test('takes a plugin for everything where that is allowed', () => {
    expect(formSchemaOf(schemaOf('key-auth')).safeParse({ name: 'key-auth', config: {} }).success).toBe(true)
  })

  test('asks for a scope where the plugin cannot be global, at the first field that it may have', () => {
    const schema = { ...schemaOf('key-auth'), name: 'narrow', scopes: ['route', 'consumer'] as const }
    const result = formSchemaOf(schema).safeParse({ name: 'narrow', config: {} })
    expect(result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(['route: Choose where it runs: route or consumer.'])
    expect(formSchemaOf(schema).safeParse({ name: 'narrow', config: {}, consumer: { id: ID } }).success).toBe(true)
  })
})
