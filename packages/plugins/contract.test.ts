import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { PluginSchema } from './contract.ts'
import { PLUGIN_HANDLERS } from './handlers.ts'
import { PLUGIN_ORDER } from './order.ts'
import { PLUGIN_SCHEMAS } from './schemas.ts'
import { ExchangeFixture, environmentFixture } from './testing/exchange-fixture.ts'

/** What holds for every plugin, without anyone having to remember it. */

const FOLDERS = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, 'schema.ts')))
  .map(({ name }) => name)
  .sort()

/** The least that each plugin must be told, where its defaults alone are not enough. */
const LEAST: Record<string, Record<string, unknown>> = {
  acl: { allow: ['staff'] },
  canary: { percentage: 10, upstream_host: 'v2.internal' },
  'ldap-auth': { ldap_host: 'ldap.test', base_dn: 'dc=example,dc=com', attribute: 'uid' },
  oauth2: { enable_client_credentials: true, token_secret: 'a-token-secret-for-tests-only-012345' },
  'openid-connect': { issuer: 'https://idp.test' },
  'mtls-auth': { ca_certificates: ['0d0c2a9e-2c5e-4c55-a3a8-6a0f2a7a3c11'] },
  mirror: { host: 'next.internal' },
  'rate-limiting': { minute: 5 },
  'rate-limiting-advanced': { limit: [5], window_size: [60] },
  'response-ratelimiting': { limits: { video: { minute: 6 } } },
  'concurrency-limiting': { limit: 5 },
  'service-protection': { limit: [5], window_size: [60] },
  'fault-injection': { abort_status: 503 },
  redirect: { location: 'https://shop.test' },
  'ip-restriction': { deny: ['192.0.2.66'] },
  'exit-transformer': { templates: [{ body: '{"error":"{message}"}' }] },
  'request-validator': { body_schema: '[{"name":{"type":"string"}}]' },
}

const SCOPES = ['global', 'service', 'route', 'consumer', 'consumer_group']
const shapeOf = (name: string): Record<string, z.ZodType> => ((PLUGIN_SCHEMAS[name] as PluginSchema).config as z.ZodObject).shape as Record<string, z.ZodType>
const read = (name: string, file: string) => readFileSync(join(import.meta.dirname, name, file), 'utf8')
/** What of a default stands in a table: lists by their first entry, what is empty as it is written. */
function asWritten(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : String(value[0])
  return typeof value === 'object' ? '{}' : String(value)
}
const create = (name: string) => PLUGIN_HANDLERS.get(name)?.(LEAST[name] ?? {}, environmentFixture())

/** Lists, each of which names every plugin. */
describe('the lists', () => {
  test.each([
    ['schemas', Object.keys(PLUGIN_SCHEMAS)],
    ['handlers', [...PLUGIN_HANDLERS.keys()]],
    ['order', PLUGIN_ORDER.map(({ name }) => name)],
  ])('%s names each folder exactly once', (_, names) => {
    expect([...names].sort()).toEqual(FOLDERS)
  })

  test('order goes from high to low, of equal priorities from the later name to the earlier, and gives reasons', () => {
    const order = PLUGIN_ORDER.map(({ name, priority }) => ({ name: name as string, priority: priority as number }))
    expect(order).toEqual(order.toSorted((a, b) => b.priority - a.priority || (a.name < b.name ? 1 : -1)))
    for (const { name, reason } of PLUGIN_ORDER) expect(reason.length, name).toBeGreaterThan(20)
  })

  test.each([
    ['correlation-id', 100_001],
    ['cors', 2_000],
    ['mtls-auth', 1_600],
    ['ldap-auth', 1_200],
    ['oauth2', 1_400],
    ['openid-connect', 1_050],
    ['jwt', 1_450],
    ['key-auth', 1_250],
    ['basic-auth', 1_100],
    ['hmac-auth', 1_030],
    ['acl', 950],
    ['rate-limiting', 910],
    ['rate-limiting-advanced', 910],
    ['service-protection', 901],
    ['proxy-cache', 100],
    ['response-ratelimiting', 900],
    ['canary', 20],
    ['ip-restriction', 990],
    ['bot-detection', 2_500],
    ['request-size-limiting', 951],
    ['request-transformer', 801],
    ['response-transformer', 800],
    ['redirect', 779],
    ['route-by-header', 850],
    ['upstream-timeout', 400],
    ['request-termination', 2],
    ['json-threat-protection', 1_009],
    ['request-validator', 999],
    ['exit-transformer', 9_999],
    ['injection-protection', 1_007],
  ])('%s has Kong’s priority %d', (name, priority) => {
    expect(PLUGIN_ORDER.find((entry) => entry.name === name)?.priority).toBe(priority)
  })
})

describe.each(FOLDERS)('%s', (name) => {
  const fields = Object.entries(shapeOf(name))

  test('is called like its folder, and says what it is', () => {
    const schema = PLUGIN_SCHEMAS[name]
    expect(schema?.name).toBe(name)
    expect(schema?.title.length).toBeGreaterThan(2)
    expect(schema?.summary).toMatch(/^[A-Z].*\.$/)
    expect(schema?.scopes.every((scope) => SCOPES.includes(scope))).toBe(true)
    expect(schema?.protocols).toEqual(['grpc', 'grpcs', 'http', 'https'])
  })

  test.each(fields)('%s has a title and a description', (_, field) => {
    const meta = field.meta() as { title?: string; description?: string } | undefined
    expect(meta?.title).toMatch(/^[A-Z]/)
    expect(meta?.description).toMatch(/\.$/)
  })

  test('takes its least configuration, and fills in every other field', () => {
    const config = PLUGIN_SCHEMAS[name]?.config.parse(LEAST[name] ?? {}) as Record<string, unknown>
    expect(Object.keys(config).sort()).toEqual(Object.keys(shapeOf(name)).sort())
    expect(PLUGIN_SCHEMAS[name]?.config.parse(config)).toEqual(config)
  })

  test('refuses an unknown field by its name', () => {
    const result = PLUGIN_SCHEMAS[name]?.config.safeParse({ ...LEAST[name], no_such_field: 1 })
    expect(result?.error?.issues).toContainEqual(expect.objectContaining({ code: 'unrecognized_keys', keys: ['no_such_field'] }))
  })

  test.each(fields.map(([field]) => [field]))('refuses an object for %s', (field) => {
    const result = PLUGIN_SCHEMAS[name]?.config.safeParse({ ...LEAST[name], [field]: { not: 'this' } })
    expect(result?.error?.issues.map(({ path }) => path[0])).toContain(field)
  })

  test('its schema is safe for browsers: it imports no part of Node.js and no handler', () => {
    const imports = [...read(name, 'schema.ts').matchAll(/from '([^']+)'/g)].map(([, specifier]) => specifier)
    expect(imports.filter((specifier) => specifier?.startsWith('node:') || specifier?.includes('handler'))).toEqual([])
  })

  test('its schema can be written as JSON Schema, for forms and documentation', () => {
    expect(z.toJSONSchema(PLUGIN_SCHEMAS[name]?.config as z.ZodType, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false })
  })

  test('its README documents every field in the table, with the default', () => {
    const readme = read(name, 'README.md')
    const config = PLUGIN_SCHEMAS[name]?.config.parse(LEAST[name] ?? {}) as Record<string, unknown>
    for (const [field] of fields) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${field}\` |`))
      expect(row, `${field} in ${name}/README.md`).toBeDefined()
      const value = config[field]
      if (value !== null && !(field in (LEAST[name] ?? {}))) expect(row, field).toContain(asWritten(value))
    }
  })

  test('its README names no field that is not there, and has an example, the differences from Kong and the limits', () => {
    const readme = read(name, 'README.md')
    const table = readme.slice(readme.indexOf('## Fields'), readme.indexOf('## Behaviour'))
    const named = [...table.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, field]) => field)
    expect(named.sort()).toEqual(fields.map(([field]) => field).sort())
    for (const heading of ['## Fields', '## Behaviour', '## Examples', '## Differences from Kong', '## Limits']) expect(readme, heading).toContain(`\n${heading}\n`)
  })

  test('the examples of its README are configurations that it takes', async () => {
    const { parse } = await import('yaml')
    const examples = [...read(name, 'README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text as string) as { plugins: { name: string; config?: unknown }[] })
    expect(examples.length).toBeGreaterThan(0)
    for (const { plugins } of examples) {
      for (const plugin of plugins) expect(PLUGIN_SCHEMAS[plugin.name]?.config.safeParse(plugin.config ?? {}).error?.issues ?? [], plugin.name).toEqual([])
    }
  })

  test('is made without throwing and without touching the outside', () => {
    const environment = environmentFixture()
    expect(() => PLUGIN_HANDLERS.get(name)?.(LEAST[name] ?? {}, environment)).not.toThrow()
    expect(environment.counterCalls).toBe(0)
    expect(environment.lines).toEqual([])
  })

  test('is made only from a configuration that its schema takes', () => {
    expect(() => PLUGIN_HANDLERS.get(name)?.({ ...LEAST[name], no_such_field: 1 }, environmentFixture())).toThrow()
  })

  test('has some hook, and none makes a promise for a plain GET', () => {
    const plugin = create(name)
    const hooks = [plugin?.onRequest, plugin?.onResponse, plugin?.onEnd].filter((hook) => hook !== undefined)
    expect(hooks.length + (plugin?.onReply === undefined ? 0 : 1)).toBeGreaterThan(0)
    const exchange = new ExchangeFixture()
    for (const hook of hooks) expect(hook.call(plugin, exchange)).not.toBeInstanceOf(Promise)
  })

  test('takes odd requests without throwing', async () => {
    for (const query of ['', '&', '=', '%', '%zz=1', 'a=%ff&&&=', null]) {
      const plugin = create(name)
      const exchange = new ExchangeFixture({ query, method: 'OPTIONS', service: null, headers: { cookie: ';=;a', origin: '://', 'content-type': '' } })
      await plugin?.onRequest?.(exchange)
      plugin?.onResponse?.(exchange)
      plugin?.onEnd?.(exchange)
    }
  })
})
