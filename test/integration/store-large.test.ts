import { afterAll, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { newCredential, RawNode } from './harness/raw-node.ts'

const ROUTES = 10_000
const shared = sharedControlPlane()
let node: RawNode | undefined

afterAll(() => node?.close())

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now()
  const value = await work()
  return { value, ms: performance.now() - started }
}

const text = JSON.stringify({
  _format_version: '3.0',
  services: [{ name: 'large', host: 'a.test' }],
  routes: Array.from({ length: ROUTES }, (_, index) => ({ name: `route-${index}`, paths: [`/large/${index}`], service: 'large', tags: [`t${index % 10}`] })),
})

test(`${ROUTES} routes are imported as one revision, and the second time change nothing`, { timeout: 240_000 }, async () => {
  const first = await timed(() => shared.api.mutate('declarative.import', { text, dry_run: false }))
  expect([first.value.plan.creates.length, first.value.revision]).toEqual([ROUTES + 1, 1])
  const second = await timed(() => shared.api.mutate('declarative.import', { text, dry_run: false }))
  expect(second.value.revision).toBeNull()
  console.info(`import of ${ROUTES} routes: ${Math.round(first.ms)} ms, again: ${Math.round(second.ms)} ms`)
})

test('a node gets them as one snapshot in chunks', async () => {
  node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken('large'), { name: 'large', credential: newCredential() })
  node.hello()
  const { snapshot, revision, hash } = await node.next('snapshot')
  expect(snapshot?.entities).toHaveLength(ROUTES + 1)
  node.applied({ revision, hash })
})

test.each<[string, Record<string, unknown>]>([
  ['a page', { limit: 50 }],
  ['a page by name', { limit: 50, sort: { field: 'name', order: 'asc' } }],
  ['a search', { search: 'route-777' }],
  ['a tag', { where: { tag: 't3' } }],
  ['a page of five hundred', { limit: 500 }],
])('%s comes quickly', async (name, input) => {
  const times: number[] = []
  for (let attempt = 0; attempt < 7; attempt += 1) times.push((await timed(() => shared.api.query('routes.list', input))).ms)
  const median = times.sort((a, b) => a - b)[3] ?? 0
  console.info(`${name}: ${Math.round(median)} ms`)
  // 300 ms on a machine that does nothing else.
  expect(median).toBeLessThan(1_000)
})

test('an edit costs its own size: one change row, one entity on the wire', async () => {
  const { items } = await shared.api.query('routes.list', { search: 'route-4321' })
  const rows = async () => Number((await shared.process.sql<{ count: string }>('SELECT count(*) FROM change'))[0]?.count)
  const before = await rows()
  const edit = await timed(() => shared.api.mutate('routes.update', { id: items[0]?.id ?? '', value: { preserve_host: true }, revision: items[0]?.revision ?? 0 }))
  expect(await rows()).toBe(before + 1)
  if (node === undefined) throw new Error('the node has joined')
  const delta = await node.next('delta')
  expect(delta.changes).toHaveLength(1)
  expect(JSON.stringify(delta).length).toBeLessThan(2_000)
  console.info(`edit among ${ROUTES}: ${Math.round(edit.ms)} ms, ${JSON.stringify(delta).length} bytes to a node`)
})
