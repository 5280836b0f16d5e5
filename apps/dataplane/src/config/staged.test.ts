import { createHash, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { PluginReply } from '@sluice/plugins/contract'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { RouteRequest } from '@sluice/shared/routing/matcher'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExchangeFixture } from '../../../../packages/plugins/testing/exchange-fixture.ts'
import { makeCertificate } from '../../../../test/integration/harness/certificates.ts'
import { createCounterMemory, SharedCounterTable } from '../memory/counter-table.ts'
import { createGenerationMemory, GenerationTable } from '../memory/generations.ts'
import { InFlightQueue } from '../memory/in-flight-queue.ts'
import { createInFlightMemory, InFlightTable } from '../memory/in-flight-table.ts'
import { LeastRecentlyUsed } from '../memory/kept-objects.ts'
import type { ChainPlugin, CompiledConfig } from '../pipeline/compiled.ts'
import { RedisRoom } from '../redis/redis-room.ts'
import type { CompileEnvironment } from './compile-environment.ts'
import { StagedConfig } from './staged.ts'
import { PlainConfig, type Questions } from './testing/plain-config.ts'
import { idOf, keyOf, randomChange, randomEntities } from './testing/random-changes.ts'
import { encodeDelta, encodeSnapshot } from './update-bytes.ts'

const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31)
const HASH = '0'.repeat(64)
const PAIRS = [makeCertificate(['a.test']), makeCertificate(['b.test'])]
const clock = { nowMs: () => 1_000_000 }

/** Through it the credentials of a configuration are seen. */
const KEY_AUTH: SnapshotEntity = { type: 'plugin', entity: { id: 'ffffffff-0000-4000-8000-000000000000', name: 'key-auth', config: { key_names: ['apikey'] } } }

const QUESTIONS: Questions = {
  requests: ['a.test', 'x.a.test', 'b.test', null].flatMap((host) =>
    ['/', '/a', '/a/b', '/a/1', '/b', '/c'].flatMap((path) => ['GET', 'POST'].map((method): RouteRequest => ({ method, path, host, header: () => [], scheme: 'http', sni: null }))),
  ),
  consumers: [
    { id: idOf('consumer', 0), groups: [] },
    { id: idOf('consumer', 1), groups: [idOf('consumer_group', 2), idOf('consumer_group', 0)] },
    { id: idOf('consumer', 2), groups: [idOf('consumer_group', 1)] },
  ],
  keys: [0, 1, 2, 3, 4].map(keyOf),
  servernames: ['a.test', 'x.a.test', 'b.test'],
  upstreams: ['u0', 'u1', 'u2', 'u3'],
}

function environment(): CompileEnvironment {
  return {
    counters: new SharedCounterTable(createCounterMemory(1024), clock),
    places: new InFlightQueue(new InFlightTable(createInFlightMemory(1), 0, () => 0), 0),
    redis: (settings) => new RedisRoom({ random: () => 0, log: () => {} }).store(settings),
    kept: new LeastRecentlyUsed({ bytesMax: 0, objectBytesMax: 0 }),
    generations: new GenerationTable(createGenerationMemory()),
    clock,
    random: () => 0,
    uuid: () => '',
    node: { id: 'n', hostname: 'h', pid: 1 },
    log: () => {},
    directory: { bind: async () => 'refused' },
    http: { ask: () => Promise.reject(new Error('nobody there')) },
    rings: new Map(),
  }
}

const idsOf = (chain: readonly ChainPlugin[]) => chain.map(({ id }) => id)
const inPem = (der: Uint8Array) => new X509Certificate(der).toString()

function routeAnswer(config: CompiledConfig, request: RouteRequest): unknown {
  const match = config.router.match(request)
  if (match === null) return null
  const route = config.routes.get(match.route.id)
  if (route === undefined) return 'a route that the router knows is missing'
  const { id, name, stripPath, service, chains } = route
  return {
    id,
    name,
    protocols: [...route.protocols],
    stripPath,
    service: service && { id: service.id, name: service.name, host: service.host, retries: service.retries, tls: service.tls?.('x').identity ?? null },
    base: idsOf(chains.base),
    chains: QUESTIONS.consumers.map((consumer) => idsOf(chains.forConsumer(consumer))),
  }
}

/** Whom the key-auth plugin of this configuration finds. */
function ownerOf(config: CompiledConfig, key: string): unknown {
  const exchange = new ExchangeFixture({ headers: { apikey: key } })
  config.globalChain.find(({ name }) => name === 'key-auth')?.instance.onRequest?.(exchange)
  return exchange.consumer && { credential: exchange.credential?.id, consumer: exchange.consumer }
}

/** The same questions as to `PlainConfig`, through what the pipeline uses. */
function answers(config: CompiledConfig): unknown {
  const pemOf = (context: SecureContext | null) => context && inPem((context.context as { getCertificate(): Uint8Array }).getCertificate())
  return {
    routes: QUESTIONS.requests.map((request) => routeAnswer(config, request)),
    global: idsOf(config.globalChain),
    keys: QUESTIONS.keys.map((key) => ownerOf(config, key)),
    certificates: QUESTIONS.servernames.map((name) => pemOf(config.certificateFor(name))),
    fallback: config.fallbackCertificate?.cert[0] ?? null,
    upstreams: QUESTIONS.upstreams.map((name) => {
      const upstream = config.upstreams.get(name)
      if (upstream === undefined) return null
      return { hostHeader: upstream.hostHeader, targets: upstream.balancer.targets.map(({ host, port, weight }) => `${host}:${port} ${weight}`) }
    }),
  }
}

/** The entities after a delta, as main keeps them. */
function after(entities: readonly SnapshotEntity[], changes: readonly DeltaChange[]): SnapshotEntity[] {
  const map = new Map(entities.map((entry) => [`${entry.type} ${entry.entity.id}`, entry]))
  for (const change of changes) {
    if (change.op === 'delete') map.delete(`${change.type} ${change.id}`)
    else map.set(`${change.type} ${change.entity.id}`, { type: change.type, entity: change.entity })
  }
  return [...map.values()]
}

type Step = { changes: DeltaChange[]; isKept: boolean }
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ changes: fc.array(randomChange(PAIRS), { minLength: 1, maxLength: 4 }), isKept: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
})

test(`random deltas give what the whole configuration means, with the same issues, and what came before stays as it was (seed ${seed})`, async () => {
  console.log(`staged: seed ${seed}`)
  const seen = { served: 0, aborted: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(randomEntities(PAIRS), steps, async (start, deltas) => {
      let entities = [KEY_AUTH, ...start]
      const staged = new StagedConfig(environment())
      expect(await staged.prepare(0, encodeSnapshot({ revision: 1, hash: HASH, entities }))).toEqual({ ok: true })
      let served = staged.commit(0) as CompiledConfig
      const held = [{ config: served, expected: new PlainConfig(entities).answers(QUESTIONS) }]
      for (const [index, { changes, isKept }] of deltas.entries()) {
        const next = after(entities, changes)
        const plain = new PlainConfig(next)
        const result = await staged.prepare(index + 1, encodeDelta({ base: index, revision: index + 1, hash: HASH, changes }))
        expect(result?.ok === false ? result.issues : []).toEqual(plain.issues)
        if (result?.ok !== true || !isKept) {
          staged.abort(index + 1)
          seen[result?.ok === true ? 'aborted' : 'refused'] += 1
          expect(staged.commit(index + 1)).toBeNull()
        } else {
          seen.served += 1
          served = staged.commit(index + 1) as CompiledConfig
          entities = next
          held.push({ config: served, expected: plain.answers(QUESTIONS) })
        }
        expect(answers(served)).toEqual(held.at(-1)?.expected)
      }
      // An exchange may hold any of the former ones.
      for (const { config, expected } of held) expect(answers(config)).toEqual(expected)
    }),
    { seed, numRuns: 120 },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20)
}, 120_000)

const upsert = (type: SnapshotEntity['type'], id: string, fields: Record<string, unknown>): DeltaChange => ({ op: 'upsert', type, entity: { id, ...fields } })

/** What is served after each of the deltas, which all are good. */
async function serve(deltas: readonly DeltaChange[][]): Promise<CompiledConfig[]> {
  const staged = new StagedConfig(environment())
  const configs: CompiledConfig[] = []
  for (const [index, changes] of deltas.entries()) {
    expect(await staged.prepare(index, encodeDelta({ base: index, revision: index + 1, hash: HASH, changes }))).toEqual({ ok: true })
    configs.push(staged.commit(index) as CompiledConfig)
  }
  return configs
}

const SERVICE = { name: 's', host: 's.test', protocol: 'https', client_certificate: { id: idOf('certificate', 0) }, ca_certificates: [idOf('ca_certificate', 0)] }
const route = upsert('route', idOf('route', 0), { paths: ['/'], service: { id: idOf('service', 0) } })
const [first, second] = PAIRS as [(typeof PAIRS)[0], (typeof PAIRS)[0]]

test.each([
  ['certificate', upsert('certificate', idOf('certificate', 0), { ...second })],
  ['certificate authority', upsert('ca_certificate', idOf('ca_certificate', 0), { cert: second.cert })],
])('a changed %s is used by the service that refers to it', async (_, change) => {
  const start = [
    upsert('certificate', idOf('certificate', 0), { ...first }),
    upsert('ca_certificate', idOf('ca_certificate', 0), { cert: first.cert }),
    upsert('service', idOf('service', 0), SERVICE),
    route,
  ]
  const [before, after] = await serve([start, [change]])
  const identity = (config: CompiledConfig | undefined) => config?.routes.get(idOf('route', 0))?.service?.tls?.('s.test').identity
  expect(identity(before)).toMatch(/^[0-9a-f]{64}$/)
  expect(identity(after)).toMatch(/^[0-9a-f]{64}$/)
  expect(identity(after)).not.toBe(identity(before))
})

test('a renamed upstream is found under its new name only, and where it was before by who still asks there', async () => {
  const [before, after] = await serve([[upsert('upstream', idOf('upstream', 0), { name: 'one' })], [upsert('upstream', idOf('upstream', 0), { name: 'two' })]])
  expect(['one', 'two'].map((name) => before?.upstreams.get(name) !== undefined)).toEqual([true, false])
  expect(['one', 'two'].map((name) => after?.upstreams.get(name) !== undefined)).toEqual([false, true])
})

test('a renamed group changes which of two groups of a consumer counts', async () => {
  const groups = [0, 1].map((index) => idOf('consumer_group', index))
  const named = (index: number, name: string) => upsert('consumer_group', groups[index] as string, { name })
  const limit = (index: number) => upsert('plugin', idOf('plugin', index), { name: 'rate-limiting', config: { minute: 5 }, consumer_group: { id: groups[index] } })
  const start = [named(0, 'a'), named(1, 'b'), limit(0), limit(1), upsert('route', idOf('route', 0), { paths: ['/'] })]
  const configs = await serve([start, [named(0, 'c')]])
  const chosen = configs.map((config) => idsOf(config.routes.get(idOf('route', 0))?.chains.forConsumer({ id: idOf('consumer', 0), groups }) ?? []))
  expect(chosen).toEqual([[idOf('plugin', 0)], [idOf('plugin', 1)]])
})

test('what a plugin decides by the groups of a consumer follows their names, members and its ACL groups', async () => {
  const consumer = { id: idOf('consumer', 0) }
  const member = (groups: string[]) => upsert('consumer', consumer.id, { username: 'anna', groups })
  const start = [
    upsert('consumer_group', idOf('consumer_group', 0), { name: 'gold' }),
    member([idOf('consumer_group', 0)]),
    upsert('keyauth_credential', idOf('keyauth_credential', 0), { consumer, key: `sha256:${createHash('sha256').update('anna-key').digest('hex')}` }),
    upsert('plugin', idOf('plugin', 0), { name: 'key-auth' }),
    upsert('plugin', idOf('plugin', 1), { name: 'acl', config: { allow: ['gold'], include_consumer_groups: true } }),
  ]
  const renamed = upsert('consumer_group', idOf('consumer_group', 0), { name: 'silver' })
  const named = upsert('acl', idOf('acl', 0), { consumer, group: 'gold' })
  const unnamed: DeltaChange = { op: 'delete', type: 'acl', id: idOf('acl', 0) }
  const configs = await serve([start, [renamed], [named], [unnamed], [upsert('consumer_group', idOf('consumer_group', 0), { name: 'gold' })], [member([])]])
  const statuses = configs.map(({ globalChain }) => {
    const exchange = new ExchangeFixture({ headers: { apikey: 'anna-key' } })
    const replies = globalChain.map(({ instance }) => instance.onRequest?.(exchange) as PluginReply | undefined)
    return replies.find((reply) => reply !== undefined)?.status ?? 200
  })
  expect(statuses).toEqual([200, 403, 200, 403, 200, 403])
})

test('two entities may exchange what must be unique in one delta', async () => {
  const named = (index: number, name: string) => upsert('route', idOf('route', index), { name, paths: [`/${index}`] })
  const configs = await serve([
    [named(0, 'a'), named(1, 'b')],
    [named(0, 'b'), named(1, 'a')],
  ])
  expect(configs.at(-1)?.routes.get(idOf('route', 0))?.name).toBe('b')
})

test('text comes to the worker as it was, whatever its characters and lines', async () => {
  const name = 'é✓😀'
  const [config] = await serve([[upsert('route', idOf('route', 0), { name, paths: ['/'], headers: { 'x-lines': ['one\ntwo\u2028three'] } })]])
  expect(config?.routes.get(idOf('route', 0))?.name).toBe(name)
  const asked: RouteRequest = { method: 'GET', path: '/', host: null, header: () => ['one\ntwo\u2028three'], scheme: 'http', sni: null }
  expect(config?.router.match(asked)?.route.id).toBe(idOf('route', 0))
})

test('an update that is aborted while it is prepared is not there to be served, and the next one is', async () => {
  const staged = new StagedConfig(environment())
  const many = Array.from({ length: 2_000 }, (_, index): SnapshotEntity => ({ type: 'route', entity: { id: idOf('route', index), paths: [`/${index}`] } }))
  const given = staged.prepare(1, encodeSnapshot({ revision: 1, hash: HASH, entities: many }))
  staged.abort(1)
  expect(await given).toBeNull()
  expect(staged.commit(1)).toBeNull()
  expect(await staged.prepare(2, encodeDelta({ base: 0, revision: 1, hash: HASH, changes: [upsert('route', idOf('route', 0), { paths: ['/'] })] }))).toEqual({ ok: true })
  expect(staged.commit(2)?.routes.size).toBe(1)
})

test('other work has its turn while a large snapshot is prepared', async () => {
  const staged = new StagedConfig(environment())
  const many = Array.from({ length: 2_000 }, (_, index): SnapshotEntity => ({ type: 'route', entity: { id: idOf('route', index), paths: [`/${index}`] } }))
  let turns = 0
  let isPrepared = false
  const count = () => {
    turns += 1
    if (!isPrepared) setImmediate(count)
  }
  setImmediate(count)
  expect(await staged.prepare(1, encodeSnapshot({ revision: 1, hash: HASH, entities: many }))).toEqual({ ok: true })
  isPrepared = true
  expect(turns).toBeGreaterThan(10)
  expect(staged.commit(1)?.routes.size).toBe(2_000)
})
