import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentHash } from '../content-hash.ts'
import type { SnapshotEntity } from '../snapshot.ts'
import { checkEntities } from './check.ts'
import { parseDeclarative } from './parse.ts'
import { printDeclarative } from './print.ts'

const transforms = { randomKey: () => 'made', hashPassword: async () => '$argon2id$made' }
const name = fc.stringMatching(/^[a-z][a-z0-9._~-]{0,12}$/)
const words = fc.array(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/[,/\p{Cc}\p{Cs}]/u.test(text)),
  { maxLength: 3 },
)
const hash = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`)

/** A configuration as it is stored: everything refers to what is there, names are unique. */
const configuration = fc
  .record({
    services: fc.uniqueArray(fc.record({ id: fc.uuid(), name, tags: words, retries: fc.nat(100) }), { selector: (each) => each.name, maxLength: 4 }),
    routes: fc.array(fc.record({ id: fc.uuid(), owner: fc.nat(4), tags: words, strip_path: fc.boolean(), methods: fc.constantFrom(null, ['GET'], ['GET', 'POST']) }), {
      maxLength: 6,
    }),
    consumers: fc.uniqueArray(fc.record({ id: fc.uuid(), username: fc.option(name), custom_id: name, keys: fc.uniqueArray(hash, { maxLength: 2 }) }), {
      selector: (each) => each.custom_id,
      maxLength: 3,
    }),
    limits: fc.array(fc.record({ id: fc.uuid(), minute: fc.integer({ min: 1, max: 1000 }), scope: fc.nat(3) }), { maxLength: 3 }),
  })
  .map(({ services, routes, consumers, limits }) => {
    const entities: { type: SnapshotEntity['type']; entity: { id: string } & Record<string, unknown> }[] = []
    for (const service of services) entities.push({ type: 'service', entity: { ...service, host: 'a.test' } })
    for (const { owner, ...route } of routes) {
      const service = services[owner] === undefined ? null : { id: services[owner].id }
      entities.push({ type: 'route', entity: { ...route, service, paths: ['/a'] } })
    }
    for (const { keys, username, ...consumer } of consumers) {
      entities.push({ type: 'consumer', entity: { ...consumer, username: username === null ? null : `${username}-${consumer.custom_id}` } })
      for (const [index, key] of keys.entries())
        entities.push({ type: 'keyauth_credential', entity: { id: consumer.id.replace(/^.{8}/, `0000000${index}`), consumer: { id: consumer.id }, key } })
    }
    for (const { minute, scope, id } of limits) {
      const of = (list: { id: string }[]) => (list[scope] === undefined ? null : { id: list[scope].id })
      entities.push({ type: 'plugin', entity: { id, name: 'rate-limiting', config: { minute }, service: of(services), consumer: of(consumers) } })
    }
    return entities
  })

test('what is printed is read as it was: the same ids, the same content', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(configuration, async (written) => {
      const checked = checkEntities(written, PLUGIN_SCHEMAS)
      // Two keys or bindings that happen to be the same are no configuration.
      if (!checked.ok) return
      compared += 1
      const read = await parseDeclarative(printDeclarative(checked.entities), PLUGIN_SCHEMAS, transforms)
      if (!read.ok) throw new Error(JSON.stringify(read.issues))
      expect(read.entities).toHaveLength(checked.entities.length)
      expect(contentHash(read.entities)).toBe(contentHash(checked.entities))
    }),
    { numRuns: 150 },
  )
  expect(compared).toBeGreaterThan(50)
})

test('sealed secrets are never printed', () => {
  const consumer = { id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10', username: 'a' }
  const credential = { id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f11', consumer: { id: consumer.id }, username: 'a', secret: 'in plain' }
  expect(
    printDeclarative([
      { type: 'consumer', entity: consumer },
      { type: 'hmacauth_credential', entity: credential },
    ]),
  ).not.toContain('in plain')
})

test('a secret that a document leaves out is kept from what is there, also where keys would be made', async () => {
  const text = '_format_version: "3.0"\nconsumers: [{ username: a, keyauth_credentials: [{ tags: [x] }], basicauth_credentials: [{ username: b, password: c }] }]'
  const first = await parseDeclarative(text, PLUGIN_SCHEMAS, transforms)
  if (!first.ok) throw new Error(JSON.stringify(first.issues))
  const present = new Map(first.entities.map(({ type, entity }) => [`${type} ${entity.id}`, entity]))
  const again = await parseDeclarative(text, PLUGIN_SCHEMAS, {
    randomKey: () => 'made anew',
    hashPassword: async () => '$argon2id$anew',
    verifyPassword: async (stored, password) => stored === '$argon2id$made' && password === 'c',
    present: (type, id) => present.get(`${type} ${id}`),
  })
  expect(again).toEqual(first)
})
