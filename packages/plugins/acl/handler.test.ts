import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consumerFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const credential = { id: 'credential', identifier: 'credential', fields: {} }
const admin = consumerFixture('admin', { acl_groups: ['admin'] })
const both = consumerFixture('both', { acl_groups: ['pro', 'hello'], groups: ['gold-id', 'gone-id'] })
const plain = consumerFixture('plain', { groups: ['gold-id'] })

const environment = () => environmentFixture({ consumerGroups: { 'gold-id': 'gold' } })
const run = (config: unknown, request: RequestFixture) => ask(createPlugin('acl', config, environment()), request)
const proved = (consumer: RequestFixture['consumer'], more: RequestFixture = {}): RequestFixture => ({ consumer, credential, ...more })

const FORBIDDEN = { kind: 'error', status: 403, message: 'You cannot consume this service' }
const UNKNOWN = { kind: 'error', status: 401, message: 'Unauthorized' }

describe('who may pass', () => {
  test.each<[string, unknown, RequestFixture, string | null]>([
    ['a member of the one allowed group', { allow: ['admin'] }, proved(admin), 'admin'],
    ['a member of one of several', { allow: ['admin', 'hello'] }, proved(both), 'pro, hello'],
    ['who is in no denied group', { deny: ['admin'] }, proved(both), 'pro, hello'],
    ['who is in no group, where some are denied', { deny: ['admin'] }, proved(plain), null],
    ['who is not denied by a name that objects inherit', { deny: ['constructor'] }, proved(plain), null],
    ['an anonymous consumer in the group', { allow: ['admin'] }, { consumer: admin, credential: null }, 'admin'],
    ['a member of an allowed consumer group', { allow: ['gold'], include_consumer_groups: true }, proved(plain), 'gold'],
    ['with the names of both kinds of groups', { deny: ['x'], include_consumer_groups: true }, proved(both), 'pro, hello, gold'],
    ['unseen by the upstream', { allow: ['admin'], hide_groups_header: true }, proved(admin), null],
  ])('%s', async (_, config, request, groups) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toBeUndefined()
    expect(exchange.requestHeaders.get('x-consumer-groups')).toBe(groups)
    expect(exchange.requestHeaders.has('x-authenticated-groups')).toBe(false)
  })
})

describe('who is refused', () => {
  test.each<[string, unknown, RequestFixture, unknown]>([
    ['nobody knows who', { allow: ['admin'] }, {}, UNKNOWN],
    ['nobody knows who, where some are denied', { deny: ['admin'] }, {}, UNKNOWN],
    ['proved, but no consumer', { allow: ['admin'] }, proved(null), FORBIDDEN],
    ['in another group', { allow: ['admin'] }, proved(both), FORBIDDEN],
    ['in no group', { allow: ['admin'] }, proved(plain), FORBIDDEN],
    ['in a group that differs in case', { allow: ['Admin'] }, proved(admin), FORBIDDEN],
    ['in a denied group', { deny: ['admin'] }, proved(admin), FORBIDDEN],
    ['in one of several denied groups', { deny: ['admin', 'hello'] }, proved(both), FORBIDDEN],
    ['in an allowed consumer group that does not count', { allow: ['gold'] }, proved(plain), FORBIDDEN],
    ['in a denied consumer group', { deny: ['gold'], include_consumer_groups: true }, proved(plain), FORBIDDEN],
    ['in no group but by its own word', { allow: ['admin'] }, proved(plain, { headers: { 'X-Consumer-Groups': 'admin' } }), FORBIDDEN],
    ['an anonymous consumer in no group', { allow: ['admin'] }, { consumer: plain, credential: null }, FORBIDDEN],
  ])('%s', async (_, config, request, reply) => {
    const { reply: given, exchange } = await run(config, request)
    expect(given).toEqual(reply)
    expect(exchange.requestHeaders.has('x-consumer-groups')).toBe(false)
  })
})

describe('groups that authentication named', () => {
  const named = { authenticatedGroups: ['admin', 'ops'] }
  test.each<[string, unknown, RequestFixture, string | null]>([
    ['count for callers who are no consumer', { allow: ['ops'] }, proved(null, named), 'admin, ops'],
    ['count for an anonymous consumer', { allow: ['ops'] }, { consumer: plain, credential: null, ...named }, 'admin, ops'],
    ['count for all by configuration', { allow: ['ops'], always_use_authenticated_groups: true }, proved(both, named), 'admin, ops'],
    ['can be denied', { deny: ['ops'] }, proved(null, named), null],
    ['can be none', { deny: ['ops'] }, proved(null, { authenticatedGroups: [] }), ''],
  ])('%s', async (_, config, request, groups) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toEqual(groups === null ? FORBIDDEN : undefined)
    expect(exchange.requestHeaders.get('x-authenticated-groups') ?? '').toBe(groups ?? '')
    expect(exchange.requestHeaders.has('x-consumer-groups')).toBe(false)
  })

  test('do not count for a consumer with a credential otherwise', async () => {
    expect((await run({ allow: ['ops'] }, proved(both, named))).reply).toEqual(FORBIDDEN)
    const { exchange } = await run({ allow: ['hello'] }, proved(both, named))
    expect(exchange.requestHeaders.get('x-consumer-groups')).toBe('pro, hello')
  })

  test('are not missed where none were named', async () => {
    const { exchange } = await run({ allow: ['hello'], always_use_authenticated_groups: true }, proved(both))
    expect(exchange.requestHeaders.get('x-consumer-groups')).toBe('pro, hello')
  })
})

describe('the header', () => {
  test.each([true, false])('of the caller is never passed on, hidden: %s', async (hide_groups_header) => {
    const headers = { 'X-Consumer-Groups': ['root', 'admin'], 'x-authenticated-groups': 'root', Accept: '*/*' }
    const { exchange } = await run({ deny: ['x'], hide_groups_header }, proved(plain, { headers }))
    expect([...exchange.requestHeaders.entries()]).toEqual([['Accept', '*/*']])
  })

  test('is UTF-8, without names that cannot stand in it', async () => {
    const consumer = consumerFixture('odd', { acl_groups: ['größe', 'a\r\nX: y', '日本'] })
    const { reply, exchange } = await run({ allow: ['a\r\nX: y'] }, proved(consumer))
    expect(reply).toBeUndefined()
    expect(Buffer.from(exchange.requestHeaders.get('x-consumer-groups') ?? '', 'latin1').toString('utf8')).toBe('größe, 日本')
  })
})

test('a decision follows the groups of a consumer, and is the same the second time', async () => {
  const plugin = createPlugin('acl', { allow: ['admin'] }, environment())
  for (const consumer of [admin, admin]) expect((await ask(plugin, proved(consumer))).reply).toBeUndefined()
  const moved = { ...admin, acl_groups: ['other'] }
  for (const consumer of [moved, moved, both]) expect((await ask(plugin, proved(consumer))).reply).toEqual(FORBIDDEN)
})

test('allow and deny of the same groups are opposites', async () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(names, names, async (listed, acl_groups) => {
      fc.pre(listed.length > 0)
      const consumer = consumerFixture('some', { acl_groups })
      const replies = [await run({ allow: listed }, proved(consumer)), await run({ deny: listed }, proved(consumer))].map(({ reply }) => reply?.status ?? 200)
      expect(replies).toEqual(listed.some((name) => acl_groups.includes(name)) ? [200, 403] : [403, 200])
    }),
    { numRuns: 100 },
  )
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['neither list', {}, 'allow: set exactly one of allow and deny'],
    ['both lists', { allow: ['a'], deny: ['b'] }, 'allow: set exactly one of allow and deny'],
    ['an empty list', { allow: [] }, 'allow'],
    ['an empty name', { deny: [''] }, 'deny.0'],
    ['an unknown field', { whitelist: ['a'] }, ': whitelist'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('acl', config).some((text) => text.startsWith(problem))).toBe(true)
  })
})
