import { contentHash } from '@sluice/shared/content-hash'
import { beforeEach, describe, expect, test } from 'vitest'
import { ControlPlaneProcess, sharedControlPlane } from './harness/control-plane-process.ts'
import { makeCertificate } from './harness/entity-values.ts'
import { newCredential, RawNode } from './harness/raw-node.ts'

const shared = sharedControlPlane()
beforeEach(() => shared.clear())

interface Made {
  item: { id: string; revision: number } & Record<string, unknown>
  revision: number
  shown_once?: Record<string, string>
}
const create = (plural: string, value: Record<string, unknown>) => shared.api.mutate<Made>(`${plural}.create`, { value })
const workspace = () => shared.api.query('workspace.current')
const importText = (text: string, dryRun = false) => shared.api.mutate('declarative.import', { text, dry_run: dryRun })

async function freshEntities() {
  const node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken('fresh'), { name: 'fresh', credential: newCredential() })
  node.hello()
  const { snapshot } = await node.next('snapshot')
  await node.close()
  return snapshot?.entities ?? []
}

const DOCUMENT = `
_format_version: "3.0"
services:
  - name: orders
    url: http://orders-v1:80
    routes:
      - { name: orders, paths: [/orders] }
      - { paths: [/nameless] }
    plugins:
      - { name: canary, config: { upstream_host: orders-v2, percentage: 5, hash: header, hash_header: x-user } }
upstreams:
  - { name: orders-v1, targets: [{ target: "10.0.0.1:80" }] }
  - { name: orders-v2, targets: [{ target: "10.0.0.2:80", weight: 0 }] }
consumer_groups: [{ name: gold }]
consumers:
  - username: shop
    groups: [{ name: gold }]
    keyauth_credentials: [{ key: a-key-in-plain }]
    basicauth_credentials: [{ username: shop, password: a-password-in-plain }]
    acls: [{ group: buyers }]
plugins:
  - { name: key-auth, route: orders }
  - { name: rate-limiting, consumer_group: gold, config: { minute: 7 } }
`
/** Secrets that Sluice makes or seals; an export leaves them out. */
const SEALED = `
_format_version: "3.0"
consumers:
  - username: shop
    hmacauth_credentials: [{ username: shop, secret: "sealed:not really" }]
    jwt_secrets: [{ key: made }]
    keyauth_credentials: [{ tags: [made] }]
`

describe('an import', () => {
  test('is planned first, written as one revision, and the second time changes nothing', async () => {
    const before = await workspace()
    const dry = await importText(DOCUMENT, true)
    expect([dry.revision, dry.plan.creates.length, dry.plan.updates, dry.plan.deletes]).toEqual([null, 15, [], []])
    expect(await workspace()).toEqual(before)
    const { plan, revision } = await importText(DOCUMENT)
    expect([plan, revision]).toEqual([dry.plan, before.revision + 1])
    const again = await importText(DOCUMENT)
    expect(again).toEqual({ plan: { creates: [], updates: [], deletes: [] }, revision: null })
    expect((await workspace()).revision).toBe(revision)
    expect(contentHash(await freshEntities())).toBe((await workspace()).content_hash)
  })

  test('with secrets that are made or sealed changes nothing the second time either, and plain text may look sealed', async () => {
    await importText(SEALED)
    const entities = await freshEntities()
    expect(entities.find(({ type }) => type === 'hmacauth_credential')?.entity.secret).toBe('sealed:not really')
    expect((await importText(SEALED)).revision).toBeNull()
    expect(await freshEntities()).toEqual(entities)
  })

  test('with one issue writes nothing and says where each is', async () => {
    await importText(DOCUMENT)
    const before = await workspace()
    const pem = makeCertificate('a.test')
    const bad = {
      _format_version: '3.0',
      services: [{ name: 'a', host: 'a b', routes: [{ paths: ['x'] }] }],
      plugins: [{ name: 'nonsense' }, { name: 'cors', config: { orgins: [] } }],
      certificates: [{ cert: pem.cert, key: 'no key' }],
      consumers: [{ username: 'a\u0000' }],
    }
    const failure = await shared.api.failure(importText(JSON.stringify(bad)))
    expect(failure.code).toBe('BAD_REQUEST')
    expect(failure.fields.sort()).toEqual(
      ['certificates[0].key', 'consumers[0].username', 'plugins[0].name', 'plugins[1].config.orgins', 'services[0].host', 'services[0].routes[0].paths[0]'].sort(),
    )
    expect(await workspace()).toEqual(before)
  })

  test('deletes what is not in it, and names can be exchanged', async () => {
    const ids = ['6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10', '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f11', '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f12']
    const document = (names: (string | null)[]) =>
      JSON.stringify({ _format_version: '3.0', services: ids.flatMap((id, index) => (names[index] === null ? [] : [{ id, name: names[index], host: 'a.test' }])) })
    await importText(document(['a', 'b', 'c']))
    const swapped = await importText(document(['b', 'c', 'a']))
    expect(swapped.plan.updates).toHaveLength(3)
    const moved = await importText(document(['c', null, 'b']))
    expect([moved.plan.updates.length, moved.plan.deletes.length]).toEqual([2, 1])
    expect(contentHash(await freshEntities())).toBe((await workspace()).content_hash)
  })

  test('of an export gives the same content, here and in an empty workspace', async () => {
    await importText(DOCUMENT)
    const { text } = await shared.api.query('declarative.export')
    expect(text).not.toContain('in-plain')
    expect((await importText(text)).revision).toBeNull()
    const empty = await ControlPlaneProcess.start({ databaseUrl: await shared.process.createDatabase('round_trip') })
    try {
      const api = await empty.api()
      await api.mutate('declarative.import', { text, dry_run: false })
      expect((await api.query('workspace.current')).content_hash).toBe((await workspace()).content_hash)
    } finally {
      await empty.stop()
    }
  })

  test('of an export keeps the sealed secrets that it leaves out, where they are', async () => {
    await importText(SEALED)
    const pem = makeCertificate('a.test')
    await create('certificates', { ...pem })
    const { text } = await shared.api.query('declarative.export')
    expect(text).not.toContain('PRIVATE KEY')
    expect((await importText(text)).revision).toBeNull()
  })
})

describe('the history', () => {
  test('lists revisions with author, message and what changed', async () => {
    const { item, revision } = await create('services', { name: 'a', host: 'a.test' })
    await shared.api.mutate('services.update', { id: item.id, value: { retries: 1 }, revision })
    const { items } = await shared.api.query('revisions.list', { limit: 2 })
    expect(items).toMatchObject([
      { number: revision + 1, author: 'ada', message: 'update service a', changes: 1 },
      { number: revision, author: 'ada', message: 'create service a', changes: 1 },
    ])
    const found = await shared.api.query('revisions.get', { number: revision + 1 })
    expect(found.changes).toMatchObject([{ type: 'service', op: 'update', label: 'a', before: { retries: 5 }, after: { retries: 1 } }])
    expect((await shared.api.failure(shared.api.query('revisions.get', { number: 1_000_000 }))).code).toBe('NOT_FOUND')
  })

  test('is paged', async () => {
    for (let index = 0; index < 5; index += 1) await create('services', { name: `page-${index}`, host: 'a.test' })
    const first = await shared.api.query('revisions.list', { limit: 3 })
    const second = await shared.api.query('revisions.list', { limit: 3, cursor: first.next ?? 0 })
    expect([...first.items, ...second.items].map(({ number }) => number)).toEqual(Array.from({ length: 6 }, (_, index) => (first.items[0]?.number ?? 0) - index))
  })

  test('says what lies between two revisions, either way round, each entity once', async () => {
    const start = (await workspace()).revision
    const { item, revision } = await create('services', { name: 'a', host: 'a.test' })
    await shared.api.mutate('services.update', { id: item.id, value: { host: 'b.test' }, revision })
    const { item: gone } = await create('services', { name: 'gone', host: 'a.test' })
    const { revision: end } = await shared.api.mutate('services.remove', { id: gone.id, revision: gone.revision })
    const { changes } = await shared.api.query('revisions.diff', { from: start, to: end })
    expect(changes).toMatchObject([{ op: 'create', before: null, after: { host: 'b.test' } }])
    const back = await shared.api.query('revisions.diff', { from: end, to: start })
    expect(back.changes).toMatchObject([{ op: 'delete', before: { host: 'b.test' }, after: null }])
  })

  test('brings every revision back exactly, with secrets that were deleted since', async () => {
    await importText(DOCUMENT)
    await create('certificates', { ...makeCertificate('a.test') })
    await create('hmacauth_credentials', { consumer: { id: (await shared.api.query('consumers.list')).items[0]?.id }, username: 'h' })
    const full = await workspace()
    const entities = await freshEntities()
    await shared.clear()
    const dry = await shared.api.mutate('revisions.restore', { number: full.revision, dry_run: true })
    expect([dry.revision, dry.plan.creates.length]).toEqual([null, entities.length])
    const { revision } = await shared.api.mutate('revisions.restore', { number: full.revision })
    expect(await workspace()).toMatchObject({ revision, content_hash: full.content_hash, counts: full.counts })
    expect((await freshEntities()).length).toBe(entities.length)
    expect(contentHash(await freshEntities())).toBe(full.content_hash)
    expect((await shared.api.query('revisions.list', { limit: 1 })).items[0]?.message).toBe(`restore revision ${full.revision}`)
  })

  test('holds through random edits: every content hash is that of all there is, every revision can be restored', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const hashes = new Map<number, string>()
    for (let step = 0; step < 40; step += 1) {
      const { items } = await shared.api.query('services.list', { limit: 500 })
      const picked = items[random(Math.max(1, items.length))]
      const act = picked === undefined ? 0 : random(5)
      if (act === 0) await create('services', { name: `s-${step}`, host: `h${random(9)}.test`, tags: [`t${random(3)}`] })
      else if (picked !== undefined && act === 1) await create('routes', { paths: [`/${step}`], service: { id: picked.id } })
      else if (picked !== undefined && act === 2) await shared.api.mutate('services.update', { id: picked.id, value: { retries: random(100) }, revision: picked.revision })
      else if (picked !== undefined && act === 3) await shared.api.mutate('services.remove', { id: picked.id, revision: picked.revision, cascade: true })
      else {
        const numbers = [...hashes.keys()]
        if (numbers.length > 0) await shared.api.mutate('revisions.restore', { number: numbers[random(numbers.length)] ?? 0 })
      }
      const { revision, content_hash } = await workspace()
      hashes.set(revision, content_hash)
    }
    expect([seed, contentHash(await freshEntities())]).toEqual([seed, (await workspace()).content_hash])
    for (const [number, hash] of [...hashes].filter((_, index) => index % 7 === 0)) {
      await shared.api.mutate('revisions.restore', { number })
      expect([seed, number, (await workspace()).content_hash]).toEqual([seed, number, hash])
    }
    expect([seed, contentHash(await freshEntities())]).toEqual([seed, (await workspace()).content_hash])
  })
})

describe('a secret', () => {
  test('is shown once, and is then in no answer, no log and no row', async () => {
    const { item: consumer } = await create('consumers', { username: 'keeper' })
    const planted = ['planted-key-4711', 'planted-password-4711', 'planted-hmac-4711', 'planted-jwt-4711']
    const of = { consumer: { id: consumer.id } }
    const made = [
      await create('keyauth_credentials', { ...of, key: planted[0] }),
      await create('basicauth_credentials', { ...of, username: 'k', password: planted[1] }),
      await create('hmacauth_credentials', { ...of, username: 'k', secret: planted[2] }),
      await create('jwt_secrets', { ...of, key: 'k', secret: planted[3] }),
    ]
    expect(made.map(({ shown_once }) => Object.values(shown_once ?? {}))).toEqual(planted.map((secret) => expect.arrayContaining([secret])))
    const answers: unknown[] = [made.map(({ item }) => item), await shared.api.query('revisions.diff', { from: 0, to: (await workspace()).revision })]
    for (const plural of ['keyauth_credentials', 'basicauth_credentials', 'hmacauth_credentials', 'jwt_secrets'] as const) answers.push(await shared.api.query(`${plural}.list`))
    answers.push(await shared.api.query('declarative.export'), await shared.api.query('revisions.get', { number: made[0]?.revision ?? 0 }))
    const tables = await shared.process.sql<{ tablename: string }>("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (const { tablename } of tables) answers.push(await shared.process.sql(`SELECT * FROM "${tablename}"`))
    const everything = JSON.stringify(answers, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) + shared.process.output
    for (const secret of planted) expect(everything).not.toContain(secret)
    expect(await shared.process.sql('SELECT key FROM keyauth_credential')).toEqual([{ key: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }])
    expect(await shared.process.sql('SELECT secret FROM hmacauth_credential')).toEqual([{ secret: expect.stringMatching(/^sealed:[0-9a-f]{8}:[\w-]+$/) }])
    expect(await shared.process.sql('SELECT password FROM basicauth_credential')).toEqual([{ password: expect.stringMatching(/^\$argon2id\$/) }])
  })

  test('that is left empty is made, stays when it is left empty later, and a change says that it changed and nothing else', async () => {
    const { item: consumer } = await create('consumers', { username: 'keeper' })
    const { item, shown_once } = await create('keyauth_credentials', { consumer: { id: consumer.id } })
    expect(shown_once?.key).toMatch(/^[\w-]{32}$/)
    const [before] = await shared.process.sql<{ key: string }>('SELECT key FROM keyauth_credential')
    const { item: tagged } = await shared.api.mutate('keyauth_credentials.update', { id: item.id, value: { key: '', tags: ['a'] }, revision: item.revision })
    expect(await shared.process.sql('SELECT key FROM keyauth_credential')).toEqual([before])
    const { revision } = await shared.api.mutate('keyauth_credentials.update', { id: item.id, value: { key: 'another key' }, revision: tagged.revision })
    const { changes } = await shared.api.query('revisions.get', { number: revision })
    expect(changes).toMatchObject([{ before: { key: '(former secret)' }, after: { key: '(new secret)' } }])
  })
})
