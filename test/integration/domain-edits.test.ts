import { contentHash } from '@sluice/shared/content-hash'
import { ENTITIES } from '@sluice/shared/entities/registry'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { makeCertificate } from './harness/entity-values.ts'
import { newCredential, RawNode } from './harness/raw-node.ts'

const shared = sharedControlPlane()
beforeEach(() => shared.clear())

const create = async (plural: string, value: Record<string, unknown>) =>
  shared.api.mutate<{ item: { id: string; revision: number } & Record<string, unknown>; revision: number; shown_once?: Record<string, string> }>(`${plural}.create`, { value })
const workspace = () => shared.api.query('workspace.current')

/** The hash of everything in the form that nodes get, counted afresh by one that joins. */
async function freshHash(): Promise<string> {
  const node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken('fresh'), { name: 'fresh', credential: newCredential() })
  node.hello()
  const { snapshot } = await node.next('snapshot')
  await node.close()
  return contentHash(snapshot?.entities ?? [])
}

describe('an edit', () => {
  test('changes the fields it names and no others, and takes the next revision', async () => {
    const { item } = await create('services', { name: 'a', host: 'a.test', retries: 3 })
    const { item: changed, revision } = await shared.api.mutate('services.update', { id: item.id, value: { host: 'b.test' }, revision: item.revision })
    expect(changed).toMatchObject({ name: 'a', host: 'b.test', retries: 3, revision: item.revision + 1 })
    expect(revision).toBe(item.revision + 1)
  })

  test('that changes nothing writes nothing', async () => {
    const { item } = await create('services', { name: 'a', host: 'a.test' })
    const { revision } = await shared.api.mutate('services.update', { id: item.id, value: { host: 'a.test' }, revision: item.revision })
    expect(revision).toBe(item.revision)
    expect((await workspace()).revision).toBe(item.revision)
  })

  test('on a stale revision is refused with both versions and writes nothing', async () => {
    const { item } = await create('services', { name: 'a', host: 'a.test' })
    await shared.api.mutate('services.update', { id: item.id, value: { retries: 1 }, revision: item.revision })
    const before = await workspace()
    const failure = await shared.api.failure(shared.api.mutate('services.update', { id: item.id, value: { retries: 2 }, revision: item.revision }))
    expect([failure.code, failure.status]).toEqual(['CONFLICT', 409])
    expect(failure.data.conflict).toMatchObject({ current: { retries: 1, revision: before.revision }, yours: { retries: 2 } })
    expect(failure.message).toMatch(/changed by ada in revision \d+/)
    const removal = await shared.api.failure(shared.api.mutate('services.remove', { id: item.id, revision: item.revision }))
    expect(removal.code).toBe('CONFLICT')
    expect(await workspace()).toEqual(before)
  })

  test('of what is gone says so', async () => {
    const id = '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10'
    for (const call of [
      shared.api.query('services.get', { id }),
      shared.api.mutate('services.update', { id, value: {}, revision: 1 }),
      shared.api.mutate('services.remove', { id, revision: 1 }),
    ])
      expect((await shared.api.failure(call)).code).toBe('NOT_FOUND')
  })

  test('at the same moment as another of the same row: one is written, and no field of it is lost', async () => {
    const { item } = await create('services', { name: 'a', host: 'a.test' })
    const edits = Array.from({ length: 10 }, (_, index) => shared.api.mutate('services.update', { id: item.id, value: { retries: index + 10 }, revision: 2_000_000_000 }))
    const outcomes = await Promise.allSettled(edits)
    const written = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(written).toBeGreaterThan(0)
    expect((await workspace()).revision).toBe(item.revision + written)
  })

  test('of a service by its url writes it out', async () => {
    const { item } = await create('services', { name: 'a', host: 'a.test' })
    const { item: changed } = await shared.api.mutate('services.update', { id: item.id, value: { url: 'https://b.test/x' }, revision: item.revision })
    expect(changed).toMatchObject({ protocol: 'https', host: 'b.test', port: 443, path: '/x' })
  })

  test('of a certificate keeps the key where it is left empty, and is refused where both do not belong together', async () => {
    const [one, two] = [makeCertificate('one.test'), makeCertificate('two.test')]
    const { item } = await create('certificates', { ...one })
    const failure = await shared.api.failure(shared.api.mutate('certificates.update', { id: item.id, value: { cert: two.cert, key: '' }, revision: item.revision }))
    expect(failure.fields).toEqual(['key'])
    const { item: tagged } = await shared.api.mutate('certificates.update', { id: item.id, value: { tags: ['a'], key: '' }, revision: item.revision })
    expect(tagged).toMatchObject({ key: '', tags: ['a'] })
  })
})

describe('the slider', () => {
  const makeCanary = async () => (await create('plugins', { name: 'canary', config: { upstream_host: 'v2.test', percentage: 5, hash: 'header', hash_header: 'x' } })).item

  test('sets the percentage in tenths and leaves the rest of the configuration', async () => {
    const plugin = await makeCanary()
    const { item } = await shared.api.mutate('canary.set', { plugin_id: plugin.id, percentage: 12.3, revision: plugin.revision })
    expect(item.config).toEqual({ ...(plugin.config as object), percentage: 12.3 })
  })

  test('is refused on a stale revision with both versions', async () => {
    const plugin = await makeCanary()
    await shared.api.mutate('canary.set', { plugin_id: plugin.id, percentage: 10, revision: plugin.revision })
    const failure = await shared.api.failure(shared.api.mutate('canary.set', { plugin_id: plugin.id, percentage: 50, revision: plugin.revision }))
    expect([failure.code, failure.data.conflict?.current.config]).toEqual(['CONFLICT', expect.objectContaining({ percentage: 10 })])
  })

  test('never loses another edit of the same plugin, whatever revision is named', async () => {
    const plugin = await makeCanary()
    const slides = Array.from({ length: 8 }, (_, index) => shared.api.mutate('canary.set', { plugin_id: plugin.id, percentage: index, revision: 2_000_000_000 }))
    const other = shared.api.mutate('plugins.update', { id: plugin.id, value: { config: { ...(plugin.config as object), upstream_host: 'v3.test' } }, revision: plugin.revision })
    const [outcome] = await Promise.allSettled([other, ...slides])
    const now = await shared.api.query('plugins.get', { id: plugin.id })
    expect((now.config as { upstream_host: string }).upstream_host).toBe(outcome?.status === 'fulfilled' ? 'v3.test' : 'v2.test')
  })

  test.each([100.1, -0.1, 33.33, Number.NaN])('refuses %s', async (percentage) => {
    const plugin = await makeCanary()
    expect((await shared.api.failure(shared.api.mutate('canary.set', { plugin_id: plugin.id, percentage, revision: plugin.revision }))).code).toBe('BAD_REQUEST')
  })

  test('refuses a plugin that is no canary, by name', async () => {
    const { item } = await create('plugins', { name: 'cors' })
    const failure = await shared.api.failure(shared.api.mutate('canary.set', { plugin_id: item.id, percentage: 1, revision: item.revision }))
    expect([failure.code, failure.message]).toEqual(['BAD_REQUEST', expect.stringContaining('is cors, not canary')])
  })
})

describe('a deletion', () => {
  test('of a service with routes is refused with the list, and done with all of it where that is asked for', async () => {
    const { item: service } = await create('services', { name: 'a', host: 'a.test' })
    for (const name of ['r1', 'r2']) await create('routes', { name, paths: ['/'], service: { id: service.id } })
    const before = await workspace()
    const failure = await shared.api.failure(shared.api.mutate('services.remove', { id: service.id, revision: before.revision }))
    expect([failure.code, failure.data.dependents?.map(({ type, label }) => `${type} ${label}`).sort()]).toEqual(['PRECONDITION_FAILED', ['route r1', 'route r2']])
    expect(await workspace()).toEqual(before)
    await shared.api.mutate('services.remove', { id: service.id, revision: before.revision, cascade: true })
    expect((await workspace()).counts).toMatchObject({ services: 0, routes: 0 })
  })

  test.each<[string, Record<string, unknown>, [string, string, Record<string, unknown>][]]>([
    ['services', { name: 'p', host: 'a.test' }, [['plugins', 'service', { name: 'cors' }]]],
    ['routes', { name: 'p', paths: ['/'] }, [['plugins', 'route', { name: 'cors' }]]],
    ['upstreams', { name: 'p' }, [['targets', 'upstream', { target: 'a.test' }]]],
    [
      'consumers',
      { username: 'p' },
      [
        ['keyauth_credentials', 'consumer', {}],
        ['basicauth_credentials', 'consumer', { username: 'a', password: 'b' }],
        ['hmacauth_credentials', 'consumer', { username: 'a' }],
        ['jwt_secrets', 'consumer', {}],
        ['acls', 'consumer', { group: 'a' }],
        ['plugins', 'consumer', { name: 'rate-limiting', config: { minute: 1 } }],
      ],
    ],
    ['consumer_groups', { name: 'p' }, [['plugins', 'consumer_group', { name: 'rate-limiting', config: { minute: 1 } }]]],
  ])('of %s takes with it what it owns', async (plural, value, children) => {
    const { item } = await create(plural, value)
    for (const [child, field, fields] of children) await create(child, { ...fields, [field]: { id: item.id } })
    const dependents = await shared.api.query<{ total: number; items: { on_delete: string }[] }>(`${plural}.dependents`, { id: item.id })
    expect([dependents.total, new Set(dependents.items.map((each) => each.on_delete))]).toEqual([children.length, new Set(['cascade'])])
    await shared.api.mutate(`${plural}.remove`, { id: item.id, revision: (await workspace()).revision })
    expect(Object.values((await workspace()).counts).reduce((sum, count) => sum + count, 0)).toBe(0)
    expect(await freshHash()).toBe((await workspace()).content_hash)
  })

  test('of a group takes it out of its members, in the same revision', async () => {
    const { item: group } = await create('consumer_groups', { name: 'gold' })
    const { item: other } = await create('consumer_groups', { name: 'silver' })
    const { item: consumer } = await create('consumers', { username: 'a', groups: [group.id, other.id] })
    const { revision } = await shared.api.mutate('consumer_groups.remove', { id: group.id, revision: group.revision })
    expect(await shared.api.query('consumers.get', { id: consumer.id })).toMatchObject({ groups: [other.id], revision })
    expect(await freshHash()).toBe((await workspace()).content_hash)
  })

  test('of an authority that a plugin trusts is refused, and a plugin that trusts none that is there too', async () => {
    const authority = makeCertificate('CA')
    const { item: ca } = await create('ca_certificates', { cert: authority.cert })
    await create('plugins', { name: 'mtls-auth', config: { ca_certificates: [ca.id] } })
    const failure = await shared.api.failure(shared.api.mutate('ca_certificates.remove', { id: ca.id, revision: ca.revision }))
    expect([failure.code, failure.data.dependents?.map(({ type, label }) => `${type} ${label}`)]).toEqual(['PRECONDITION_FAILED', ['plugin mtls-auth']])
    const missing = await shared.api.failure(create('plugins', { name: 'mtls-auth', instance_name: 'b', config: { ca_certificates: ['6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10'] } }))
    expect(missing.data.issues?.map(({ path }) => path)).toEqual(['config.ca_certificates[0]'])
  })

  test('of a certificate or an authority that a service uses is refused', async () => {
    const pem = makeCertificate('a.test')
    const [{ item: certificate }, { item: authority }] = [await create('certificates', { ...pem }), await create('ca_certificates', { cert: pem.cert })]
    await create('services', { name: 'a', host: 'a.test', protocol: 'https', client_certificate: { id: certificate.id }, ca_certificates: [authority.id] })
    for (const [plural, item] of [
      ['certificates', certificate],
      ['ca_certificates', authority],
    ] as const) {
      const failure = await shared.api.failure(shared.api.mutate(`${plural}.remove`, { id: item.id, revision: item.revision }))
      expect([failure.code, failure.data.dependents?.map(({ label }) => label)]).toEqual(['PRECONDITION_FAILED', ['a']])
    }
  })
})

describe('a list', () => {
  beforeAll(async () => {
    await shared.clear()
  })

  const fill = async () => {
    const routes = Array.from({ length: 120 }, (_, index) => ({
      ...(index % 3 === 0 ? {} : { name: `route-${String(index).padStart(3, '0')}` }),
      paths: [`/r${index}`],
      tags: [index % 2 === 0 ? 'even' : 'odd'],
    }))
    await shared.api.mutate('declarative.import', {
      text: JSON.stringify({
        _format_version: '3.0',
        routes,
        services: [
          { name: 'a_b', host: 'one.test' },
          { name: 'axb', host: 'two.test' },
        ],
      }),
      dry_run: false,
    })
  }

  test('is paged by cursor without a gap or a double, in every order, also over fields without a value', async () => {
    await fill()
    for (const sort of [
      undefined,
      { field: 'name', order: 'asc' },
      { field: 'name', order: 'desc' },
      { field: 'regex_priority', order: 'asc' },
      { field: 'created_at', order: 'desc' },
    ]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await shared.api.query('routes.list', { limit: 25, ...(sort === undefined ? {} : { sort }), ...(cursor === undefined ? {} : { cursor }) })
        expect(page.total).toBe(120)
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      expect([JSON.stringify(sort), seen.length, new Set(seen).size]).toEqual([JSON.stringify(sort), 120, 120])
    }
  })

  test('is narrowed by what is searched, taken as it is written, and by fields', async () => {
    await fill()
    const names = async (plural: string, input: Record<string, unknown>) =>
      (await shared.api.query<{ items: { name: string }[] }>(`${plural}.list`, { sort: { field: 'name', order: 'asc' }, ...input })).items.map(({ name }) => name)
    expect(await names('routes', { search: 'ROUTE-00' })).toEqual(['route-001', 'route-002', 'route-004', 'route-005', 'route-007', 'route-008'])
    expect(await names('services', { search: 'a_b' })).toEqual(['a_b'])
    expect(await names('services', { search: '%' })).toEqual([])
    expect(await names('services', { search: 'two' })).toEqual(['axb'])
    expect(await names('services', { where: { host: 'one.test' } })).toEqual(['a_b'])
    expect((await shared.api.query('routes.list', { where: { tag: 'odd' } })).total).toBe(60)
  })

  test.each([
    [{ where: { key: 'a' } }, 'where.key'],
    [{ where: { consumer: 'a' } }, 'where.consumer'],
    [{ sort: { field: 'key', order: 'asc' } }, 'sort.field'],
    [{ sort: { field: 'nonsense', order: 'asc' } }, 'sort.field'],
    [{ limit: 501 }, 'limit'],
    [{ more: 1 }, ''],
    [{ cursor: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10' }, 'cursor'],
  ])('by %j is refused at %s', async (input, field) => {
    const failure = await shared.api.failure(shared.api.query('keyauth_credentials.list', input))
    expect([failure.code, failure.fields]).toEqual(['BAD_REQUEST', [field]])
  })
})

test('fifty writers at once: every revision has one number, none is missing, and the hash is that of all there is', async () => {
  const before = (await workspace()).revision
  const written = await Promise.all(Array.from({ length: 50 }, (_, index) => create('services', { name: `writer-${index}`, host: 'a.test' })))
  expect(written.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => before + 1 + index))
  const rows = await shared.process.sql<{ revision: number; count: string }>('SELECT revision, count(*) FROM change WHERE revision > $1 GROUP BY revision', [before])
  expect(rows.map(({ count }) => count)).toEqual(new Array(50).fill('1'))
  expect(await freshHash()).toBe((await workspace()).content_hash)
  expect(Object.keys((await workspace()).counts).sort()).toEqual(
    Object.values(ENTITIES)
      .map(({ plural }) => plural)
      .sort(),
  )
})
