import { randomUUID } from 'node:crypto'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { parseDeclarative, type SecretTransforms } from '@sluice/shared/declarative/parse'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { describe, expect, test } from 'vitest'
import { createCounterMemory, SharedCounterTable } from '../memory/counter-table.ts'
import { createGenerationMemory, GenerationTable } from '../memory/generations.ts'
import { InFlightQueue } from '../memory/in-flight-queue.ts'
import { createInFlightMemory, InFlightTable } from '../memory/in-flight-table.ts'
import { LeastRecentlyUsed } from '../memory/kept-objects.ts'
import type { CompiledConfig } from '../pipeline/compiled.ts'
import { RedisRoom } from '../redis/redis-room.ts'
import { compileConfig } from './compile.ts'
import type { CompileEnvironment } from './compile-environment.ts'

/** Secrets as the document has them: nothing here looks at them. */
const AS_WRITTEN: SecretTransforms = { randomKey: () => 'random', hashPassword: async (password) => password }
const clock = { nowMs: () => 1_000_000 }

function environment(): CompileEnvironment {
  return {
    counters: new SharedCounterTable(createCounterMemory(1024), clock),
    places: new InFlightQueue(new InFlightTable(createInFlightMemory(1), 0, () => 0), 0),
    redis: (settings) => new RedisRoom({ random: () => 0, log: () => {} }).store(settings),
    kept: new LeastRecentlyUsed({ bytesMax: 0, objectBytesMax: 0 }),
    generations: new GenerationTable(createGenerationMemory()),
    clock,
    random: () => 0,
    uuid: randomUUID,
    node: { id: 'n', hostname: 'h', pid: 1 },
    log: () => {},
    directory: { bind: async () => 'refused' },
    http: { ask: () => Promise.reject(new Error('nobody there')) },
    rings: new Map(),
  }
}

async function entitiesOf(document: Record<string, unknown>): Promise<SnapshotEntity[]> {
  const parsed = await parseDeclarative(JSON.stringify({ _format_version: '3.0', ...document }), PLUGIN_SCHEMAS, AS_WRITTEN)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.entities
}

const result = async (document: Record<string, unknown>) => compileConfig({ revision: 1, hash: '0'.repeat(64), entities: await entitiesOf(document) }, environment())

async function compile(document: Record<string, unknown>): Promise<CompiledConfig> {
  const compiled = await result(document)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues))
  return compiled.config
}

/** A plugin that tells where it is bound by the header that it has. */
const bound = (place: string, extra: Record<string, unknown> = {}) => ({ name: 'rate-limiting', instance_name: place, config: { minute: 5 }, ...extra })

describe('the one plugin of a name that runs', () => {
  const consumers = [{ username: 'anna', groups: [{ name: 'silver' }, { name: 'gold' }] }]
  const groups = [{ name: 'silver' }, { name: 'gold' }]
  const document = (plugins: unknown[]) => ({ services: [{ name: 's', host: 's.test', routes: [{ name: 'r', paths: ['/'] }] }], consumers, consumer_groups: groups, plugins })

  /** Place of the plugin that runs for the consumer, or for nobody. */
  async function winner(plugins: Record<string, unknown>[], isKnown: boolean): Promise<string | undefined> {
    const entities = await entitiesOf(document(plugins))
    const config = await compile(document(plugins))
    const [route] = [...config.routes.values()]
    const consumer = entities.find(({ type }) => type === 'consumer')?.entity as { id: string; groups: string[] } | undefined
    const chain = isKnown && consumer !== undefined ? route?.chains.forConsumer(consumer) : route?.chains.base
    const id = chain?.find(({ name }) => name === 'rate-limiting')?.id
    return entities.find(({ entity }) => entity.id === id)?.entity.instance_name as string | undefined
  }

  const SCOPES: Record<string, Record<string, unknown>> = {
    'consumer + route + service': { consumer: 'anna', route: 'r', service: 's' },
    'group + route + service': { consumer_group: 'gold', route: 'r', service: 's' },
    'consumer + route': { consumer: 'anna', route: 'r' },
    'consumer + service': { consumer: 'anna', service: 's' },
    'group + route': { consumer_group: 'gold', route: 'r' },
    'group + service': { consumer_group: 'gold', service: 's' },
    'route + service': { route: 'r', service: 's' },
    consumer: { consumer: 'anna' },
    group: { consumer_group: 'gold' },
    route: { route: 'r' },
    service: { service: 's' },
    global: {},
  }
  const places = Object.keys(SCOPES)

  test.each(places.map((place, index) => [place, places.slice(index)] as const))(
    '%s comes before all less specific ones, in whatever order they are written',
    async (place, rest) => {
      const plugins = rest.map((name) => bound(name.replaceAll(' + ', '.'), SCOPES[name]))
      for (const order of [plugins, [...plugins].reverse()]) expect(await winner(order, true)).toBe(place.replaceAll(' + ', '.'))
    },
  )

  test('without a consumer is none that is bound to one, or to a group', async () => {
    expect(
      await winner(
        places.map((name) => bound(name.replaceAll(' + ', '.'), SCOPES[name])),
        false,
      ),
    ).toBe('route.service')
  })

  test('is that of the alphabetically first group where a consumer is in two', async () => {
    const plugins = [bound('of-silver', { consumer_group: 'silver' }), bound('of-gold', { consumer_group: 'gold' })]
    for (const order of [plugins, [...plugins].reverse()]) expect(await winner(order, true)).toBe('of-gold')
  })

  test('is none that is switched off', async () => {
    expect(await winner([bound('off', { route: 'r', enabled: false }), bound('on')], true)).toBe('on')
  })
})

describe('a chain', () => {
  test('is in the order of priority', async () => {
    const plugins = ['request-termination', 'cors', 'key-auth', 'correlation-id'].map((name) => ({ name }))
    const config = await compile({ services: [{ name: 's', host: 's.test', routes: [{ name: 'r', paths: ['/'], plugins }] }] })
    expect([...config.routes.values()][0]?.chains.base.map(({ name }) => name)).toEqual(['correlation-id', 'cors', 'key-auth', 'request-termination'])
  })

  test('of a request without route has the global plugins only', async () => {
    const config = await compile({ services: [{ name: 's', host: 's.test', plugins: [{ name: 'cors' }] }], plugins: [{ name: 'correlation-id' }] })
    expect(config.globalChain.map(({ name }) => name)).toEqual(['correlation-id'])
  })
})

describe('what this node cannot do is refused by name', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['hash_on', { upstreams: [{ name: 'u', hash_on: 'ip' }] }, 'upstreams[u].hash_on'],
    ['SRV records', { upstreams: [{ name: 'u', use_srv_name: true }] }, 'upstreams[u].use_srv_name'],
    ['active checks', { upstreams: [{ name: 'u', healthchecks: { active: { healthy: { interval: 5 } } } }] }, 'upstreams[u].healthchecks.active'],
    ['passive checks', { upstreams: [{ name: 'u', healthchecks: { passive: { unhealthy: { tcp_failures: 3 } } } }] }, 'upstreams[u].healthchecks.passive'],
    ['another algorithm', { upstreams: [{ name: 'u', algorithm: 'latency' }] }, 'upstreams[u].algorithm'],
    ['a TCP upstream', { services: [{ name: 's', host: 'h.test', protocol: 'tcp' }] }, 'services[s].protocol'],
  ])('%s', async (_, document, path) => {
    const compiled = await result(document)
    expect(compiled.ok ? [] : compiled.issues.map((issue) => issue.path)).toContain(path)
  })

  test('a key that would never expire though it says so', async () => {
    const compiled = await result({ consumers: [{ username: 'anna', keyauth_credentials: [{ key: 'k', ttl: 60 }] }] })
    expect(compiled.ok ? '' : compiled.issues[0]?.path).toMatch(/^keyauth_credentials\[.*\]\.ttl$/)
    expect((await result({ consumers: [{ username: 'anna', keyauth_credentials: [{ key: 'k', ttl: 0 }] }] })).ok).toBe(true)
  })

  test('Kong’s defaults of an upstream are all good', async () => {
    expect((await result({ upstreams: [{ name: 'u' }] })).ok).toBe(true)
  })
})

test('a disabled service and its routes are not there', async () => {
  const config = await compile({ services: [{ name: 's', host: 's.test', enabled: false, routes: [{ paths: ['/'] }] }] })
  expect(config.routes.size).toBe(0)
})
