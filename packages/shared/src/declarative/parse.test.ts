import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { describe, expect, test } from 'vitest'
import { contentHash } from '../content-hash.ts'
import type { SnapshotEntity } from '../snapshot.ts'
import { parseDeclarative } from './parse.ts'

let made = 0
const transforms = {
  randomKey: () => {
    made += 1
    return `made-${made}`
  },
  hashPassword: async (password: string) => `$argon2id$of-${password.length}`,
}
const parse = (text: string) => parseDeclarative(text, PLUGIN_SCHEMAS, transforms)

async function entitiesOf(text: string): Promise<SnapshotEntity[]> {
  const result = await parse(text)
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  return result.entities
}

async function issuesOf(text: string): Promise<{ path: string; message: string }[]> {
  const result = await parse(text)
  if (result.ok) throw new Error('was accepted')
  return result.issues
}

const NESTED = `
_format_version: "3.0"
services:
  - name: orders
    url: http://orders.internal:8080/v1
    routes:
      - name: orders
        paths: [/orders]
        plugins:
          - name: cors
    plugins:
      - name: rate-limiting
        config: { minute: 60 }
consumers:
  - username: shop
    keyauth_credentials:
      - key: one-two-three
    groups: [{ name: gold }]
consumer_groups:
  - name: gold
upstreams:
  - name: orders-v2
    targets:
      - target: 10.0.0.1
`

describe('a declarative document', () => {
  test('is read with its nested children, shorthands and defaults', async () => {
    const entities = await entitiesOf(NESTED)
    const byType = (type: string) => entities.filter((entry) => entry.type === type).map(({ entity }) => entity)
    const [service] = byType('service')
    expect(service).toMatchObject({ name: 'orders', host: 'orders.internal', port: 8080, path: '/v1', retries: 5, connect_timeout: 60_000 })
    expect(byType('route')[0]).toMatchObject({ service: { id: service?.id }, strip_path: true })
    expect(byType('target')[0]).toMatchObject({ target: '10.0.0.1:8000', weight: 100 })
    expect(byType('plugin').map(({ name }) => name)).toEqual(expect.arrayContaining(['cors', 'rate-limiting']))
    expect(byType('consumer')[0]?.groups).toEqual([byType('consumer_group')[0]?.id])
  })

  test('gives the same ids and hash each time', async () => {
    const [first, second] = [await entitiesOf(NESTED), await entitiesOf(NESTED)]
    expect(contentHash(second)).toBe(contentHash(first))
  })

  test('is the same as JSON, flat, with references by name', async () => {
    const flat = JSON.stringify({ _format_version: '3.0', services: [{ name: 'a', host: 'a.test' }], routes: [{ name: 'r', paths: ['/'], service: 'a' }] })
    const nested = '_format_version: "3.0"\nservices: [{name: a, host: a.test, routes: [{name: r, paths: [/]}]}]'
    const [flatRoute, nestedRoute] = [await entitiesOf(flat), await entitiesOf(nested)].map((list) => list.find(({ type }) => type === 'route')?.entity)
    expect(flatRoute?.service).toEqual(nestedRoute?.service)
  })

  test('never keeps a key in plain', async () => {
    const entities = await entitiesOf(NESTED)
    expect(JSON.stringify(entities)).not.toContain('one-two-three')
    expect(entities.find(({ type }) => type === 'keyauth_credential')?.entity.key).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test('with _transform: false takes stored forms and nothing else', async () => {
    const stored = `_format_version: "3.0"\n_transform: false\nconsumers: [{username: a, keyauth_credentials: [{key: "sha256:${'a'.repeat(64)}"}]}]`
    const [credential] = (await entitiesOf(stored)).filter(({ type }) => type === 'keyauth_credential')
    expect(credential?.entity.key).toBe(`sha256:${'a'.repeat(64)}`)
    expect(await issuesOf(stored.replace(/sha256:a+/, 'plain'))).toMatchObject([{ path: 'consumers[0].keyauth_credentials[0].key' }])
  })
})

describe('a wrong document is refused with the place and what to write', () => {
  test.each([
    ['no version', 'services: []', '_format_version'],
    ['an unknown version', '_format_version: "9"', '_format_version'],
    ['broken YAML', '_format_version: "3.0"\nservices: [', 'line 2'],
    ['not a map', '- a', ''],
    ['an unknown key', '_format_version: "3.0"\nserivces: []', 'serivces'],
    ['something unsupported', '_format_version: "3.0"\nvaults: [{name: env}]', 'vaults'],
    ['an unknown field', '_format_version: "3.0"\nservices: [{host: a.test, hots: b}]', 'services[0].hots'],
    ['a bad value', '_format_version: "3.0"\nservices: [{host: a.test, retries: -1}]', 'services[0].retries'],
    ['an unknown plugin', '_format_version: "3.0"\nplugins: [{name: nonsense}]', 'plugins[0].name'],
    ['an unknown plugin field', '_format_version: "3.0"\nplugins: [{name: cors, config: {orgins: []}}]', 'plugins[0].config.orgins'],
    ['a reference to nothing', '_format_version: "3.0"\nroutes: [{paths: [/], service: nobody}]', 'routes[0].service'],
    ['a scope that the plugin has not', '_format_version: "3.0"\nconsumers: [{username: a, plugins: [{name: cors}]}]', 'consumers[0].plugins[0].consumer'],
    [
      'two services of one name',
      '_format_version: "3.0"\nservices: [{name: a, host: a.test}, {name: a, host: b.test, id: 6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10}]',
      'services[1].name',
    ],
    ['a list that is none', '_format_version: "3.0"\nservices: {a: 1}', 'services'],
  ])('%s', async (_, text, path) => {
    const issues = await issuesOf(text)
    expect(issues.map((issue) => issue.path)).toContain(path)
    expect(issues.every((issue) => issue.message.length > 0)).toBe(true)
  })

  test('aliases cannot blow it up', async () => {
    const bomb = [
      '_format_version: "3.0"',
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
    ].join('\n')
    expect((await issuesOf(bomb))[0]?.message).toMatch(/alias/i)
  })
})
