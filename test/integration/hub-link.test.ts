import { afterEach, describe, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { until } from './harness/node-process.ts'
import { newCredential, RawNode } from './harness/raw-node.ts'

const shared = sharedControlPlane()
const open: RawNode[] = []

afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
  const { api } = shared
  for (const { id } of await api.query('nodes.list')) await api.mutate('nodes.remove', { id })
})

const keep = (node: RawNode) => {
  open.push(node)
  return node
}
const dial = async (bearer: string | null) => keep(await RawNode.dial(shared.process.hubUrl, bearer))
const edit = (name: string) => shared.api.mutate('services.create', { value: { name, host: 'a.test' } })

/** A node that has joined under this name and said hello. */
async function join(name: string, have: { revision: number; hash: string } | null = null) {
  const credential = newCredential()
  const { token } = await shared.api.mutate('nodes.createJoinToken', { name })
  const node = keep(await RawNode.enrol(shared.process.hubUrl, token, { name, credential }))
  node.hello(have)
  await node.next('welcome')
  return { node, credential, token }
}

const stateOf = async (name: string) => (await shared.api.query('nodes.list')).find((node) => node.name === name)
const untilState = (name: string, state: string) => until(`${name} to be ${state}`, async () => ((await stateOf(name))?.state === state ? true : null))

async function acknowledge(node: RawNode): Promise<{ revision: number; hash: string }> {
  const { revision, hash } = await node.nextConfiguration()
  node.applied({ revision, hash })
  return { revision, hash }
}

describe('who may connect', () => {
  test('without a bearer the upgrade is refused and says what is needed', async () => {
    const node = await dial(null)
    expect(node.refusedWith).toEqual({ status: 401, body: expect.stringContaining('join token') })
  })

  test('an unknown bearer is refused with what to do', async () => {
    const node = await dial(newCredential())
    expect(await node.next('refuse')).toMatchObject({ code: 'bad_token', message: expect.stringContaining('Join a node') })
    expect((await node.untilClosed()).code).toBe(1008)
  })

  test('an expired token is refused with what to do', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    await shared.process.sql("UPDATE join_token SET expires_at = now() - interval '1 second'")
    const node = await dial(token)
    expect(await node.next('refuse')).toMatchObject({ code: 'expired_token', message: expect.stringContaining('new one') })
  })

  test('a token for any node does not take the place of one that is there; a token for its name does', async () => {
    const { credential } = await join('held')
    const thief = await dial((await shared.api.mutate('nodes.createJoinToken', {})).token)
    thief.send({ type: 'enrol', name: 'held', credential_sha256: 'b'.repeat(64) })
    expect(await thief.next('refuse')).toMatchObject({ code: 'name_taken', message: expect.stringContaining('SLUICE_NODE_NAME') })
    const former = await dial(credential)
    former.hello()
    await former.next('welcome')
    await join('held')
    expect(await (await dial(credential)).next('refuse')).toMatchObject({ code: 'bad_token' })
  })

  test('a token that was refused for its name still works under another', async () => {
    await join('first')
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    const second = await dial(token)
    second.send({ type: 'enrol', name: 'first', credential_sha256: 'c'.repeat(64) })
    await second.next('refuse')
    const third = keep(await RawNode.enrol(shared.process.hubUrl, token, { name: 'second', credential: newCredential() }))
    third.hello()
    await third.next('welcome')
  })

  test('a token enrols once: the same pair may repeat, another is refused with what to do', async () => {
    const { node, credential, token } = await join('once')
    await node.close()
    const again = keep(await RawNode.enrol(shared.process.hubUrl, token, { name: 'once', credential }))
    again.hello()
    await again.next('welcome')
    const other = await dial(token)
    other.send({ type: 'enrol', name: 'other', credential_sha256: 'a'.repeat(64) })
    expect(await other.next('refuse')).toMatchObject({ code: 'used_token', message: expect.stringContaining('new one') })
    expect((await shared.api.query('nodes.list')).map(({ name }) => name)).toEqual(['once'])
  })

  test('two nodes that present one token at the same moment: one of them joins', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    const nodes = await Promise.all(['a', 'b', 'c'].map(() => dial(token)))
    for (const [index, node] of nodes.entries()) node.send({ type: 'enrol', name: `racer-${index}`, credential_sha256: String(index).repeat(64) })
    await until('all to be answered', () => (nodes.every((node) => node.messages.length > 0) ? true : null))
    expect(nodes.map((node) => node.messages[0]?.type).sort()).toEqual(['enrolled', 'refuse', 'refuse'])
  })

  test('a token for a name gives that name, whatever the node calls itself', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', { name: 'given' })
    keep(await RawNode.enrol(shared.process.hubUrl, token, { name: 'own', credential: newCredential() }))
    expect((await shared.api.query('nodes.list')).map(({ name }) => name)).toEqual(['given'])
  })

  test('the token is stored hashed', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    const rows = await shared.process.sql('SELECT * FROM join_token')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test('a join token may not do what a node may', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    const node = await dial(token)
    node.hello()
    expect(await node.next('refuse')).toMatchObject({ code: 'bad_token' })
  })

  test('a node of another protocol is told which versions meet', async () => {
    const { token } = await shared.api.mutate('nodes.createJoinToken', {})
    const node = keep(await RawNode.enrol(shared.process.hubUrl, token, { name: 'old', credential: newCredential() }))
    node.hello(null, { protocol: 99 })
    expect(await node.next('refuse')).toMatchObject({ code: 'protocol', message: expect.stringMatching(/protocol 1.*99/) })
  })
})

describe('what a node is sent', () => {
  test('a fresh node gets a snapshot with the announced hash, and is shown as applied', async () => {
    await edit('fresh')
    const { node } = await join('fresh')
    const have = await acknowledge(node)
    const workspace = await shared.api.query('workspace.current')
    expect(have).toEqual({ revision: workspace.revision, hash: workspace.content_hash })
    await until('the acknowledgement', async () => ((await stateOf('fresh'))?.lag === 0 ? true : null))
    expect(await stateOf('fresh')).toMatchObject({ state: 'connected', revision: have.revision, hash: have.hash, workers: 1, plugins: ['cors'], rejected: null })
  })

  test('one that is behind gets what changed, each entity once; one that is current gets nothing', async () => {
    const { content_hash: hash, revision } = await shared.api.query('workspace.current')
    const { item, revision: first } = await edit('behind')
    await shared.api.mutate('services.update', { id: item.id, value: { retries: 1 }, revision: first })
    const { node } = await join('behind', { revision, hash })
    const delta = await node.next('delta')
    expect(delta).toMatchObject({ base: revision, revision: first + 1, changes: [{ op: 'upsert', type: 'service', entity: { name: 'behind', retries: 1 } }] })
    node.applied(delta)
    const current = await join('current', { revision: delta.revision, hash: delta.hash })
    await until('the acknowledgement', async () => ((await stateOf('behind'))?.lag === 0 ? true : null))
    expect(current.node.messages).toEqual([])
    await edit('next')
    expect(await current.node.next('delta')).toMatchObject({ base: delta.revision })
  })

  test('one that has something else under the same number gets a snapshot', async () => {
    const { revision } = await shared.api.query('workspace.current')
    const { node } = await join('fork', { revision, hash: 'f'.repeat(64) })
    expect((await node.next('snapshot')).snapshot?.revision).toBe(revision)
  })

  test('one that cannot use the delta asks for a snapshot and gets it', async () => {
    const { node } = await join('resync')
    await acknowledge(node)
    await edit('resync')
    await node.next('delta')
    node.send({ type: 'resync', reason: 'a test' })
    expect((await node.next('snapshot')).snapshot?.entities.some(({ entity }) => entity.name === 'resync')).toBe(true)
  })

  test('a slow node is sent the newest revision next, and none of those between', async () => {
    const { node } = await join('slow')
    const first = await node.nextConfiguration()
    for (let index = 0; index < 20; index += 1) await edit(`slow-${index}`)
    expect(node.messages).toEqual([])
    // A quick node shows when the last of them is published.
    const { revision } = await shared.api.query('workspace.current')
    const quick = await join('quick')
    for (let seen = await acknowledge(quick.node); seen.revision < revision; ) seen = await acknowledge(quick.node)
    node.applied(first)
    expect(await node.next('delta')).toMatchObject({ base: first.revision, revision })
    expect(node.messages).toEqual([])
  })

  test('a deletion is sent as one', async () => {
    const { item, revision } = await edit('leaves')
    const { node } = await join('deletes')
    await acknowledge(node)
    await shared.api.mutate('services.remove', { id: item.id, revision })
    expect((await node.next('delta')).changes).toEqual([{ op: 'delete', type: 'service', id: item.id }])
  })
})

describe('what a node says about a revision', () => {
  test('is seen in the list, at the revision and by who waits for it', async () => {
    const [one, two] = [await join('one'), await join('two')]
    await acknowledge(one.node)
    await acknowledge(two.node)
    const { revision } = await edit('receipt')
    const seen: { applied: number; nodes_total: number; rejected: number; ms: number | null }[] = []
    const waiting = shared.api.subscribe('revisions.applied', { number: revision }, (state) => seen.push(state))
    await acknowledge(one.node)
    await until('the first receipt', () => (seen.some((state) => state.applied === 1) ? true : null))
    const delta = await two.node.next('delta')
    two.node.send({ type: 'rejected', revision, issues: [{ path: 'services[0].host', message: 'not here' }] })
    expect(await waiting.ended).toBe('return')
    expect(seen.at(-1)).toMatchObject({ nodes_total: 2, applied: 1, rejected: 1, ms: expect.any(Number) })
    expect(await shared.api.query('revisions.get', { number: revision })).toMatchObject({ nodes: 2, applied: 1, rejected: 1 })
    expect((await stateOf('two'))?.rejected).toMatchObject({ revision, issues: [{ path: 'services[0].host', message: 'not here' }] })
    expect(await shared.api.query('workspace.current')).toMatchObject({ nodes_total: 2, nodes_applied: 1, nodes_rejected: 1 })
    expect(delta.revision).toBe(revision)
  })

  test('a rejected revision is not sent again, the next one is, and ends the rejection', async () => {
    const { node } = await join('rejects')
    const have = await acknowledge(node)
    const { revision } = await edit('bad')
    await node.next('delta')
    node.send({ type: 'rejected', revision, issues: [] })
    await until('the rejection', async () => ((await stateOf('rejects'))?.rejected?.revision === revision ? true : null))
    await edit('good')
    const delta = await node.next('delta')
    expect(delta.base).toBe(have.revision)
    node.applied(delta)
    await until('the end of the rejection', async () => ((await stateOf('rejects'))?.rejected === null ? true : null))
    expect(await shared.api.query('revisions.get', { number: revision })).toMatchObject({ rejected: 1, applied: 0 })
  })

  test('a node that was away counts as applied once it is back, and its absence is no time to apply', async () => {
    const [here, away] = [await join('here'), await join('away')]
    await acknowledge(here.node)
    const had = await acknowledge(away.node)
    await away.node.close()
    await untilState('away', 'disconnected')
    const { revision } = await edit('while-away')
    await acknowledge(here.node)
    const before = await until('the receipt of the one that is here', async () => {
      const state = await shared.api.query('revisions.get', { number: revision })
      return state.applied === 1 ? state : null
    })
    expect(before).toMatchObject({ nodes: 1, applied: 1 })
    await shared.process.sql("UPDATE revision SET committed_at = committed_at - interval '1 hour' WHERE number = $1", [revision])
    await shared.process.sql("UPDATE node_applied SET at = at - interval '1 hour' WHERE revision = $1", [revision])
    const back = await dial(away.credential)
    back.hello(had)
    await acknowledge(back)
    const after = await until('the receipt of the one that came back', async () => {
      const state = await shared.api.query('revisions.get', { number: revision })
      return state.applied === 2 ? state : null
    })
    expect(after.nodes).toBe(2)
    expect(after.applied_ms).toBe(before.applied_ms)
  })

  test('a node that joins later has the older revisions too, and says nothing about their time', async () => {
    const { revision } = await edit('older')
    await shared.process.sql("UPDATE revision SET committed_at = committed_at - interval '1 hour' WHERE number = $1", [revision])
    const { node } = await join('later')
    await acknowledge(node)
    const state = await until('the receipt', async () => {
      const found = (await shared.api.query('revisions.list', { limit: 1 })).items[0]
      return found?.applied === 1 ? found : null
    })
    expect(state).toMatchObject({ number: revision, nodes: 1, applied: 1, applied_ms: null })
  })

  test('a report that was lost is made good by the next hello', async () => {
    const { node, credential } = await join('lost')
    const have = await acknowledge(node)
    await node.close()
    await untilState('lost', 'disconnected')
    await shared.process.sql('DELETE FROM node_applied')
    const back = await dial(credential)
    back.hello(have)
    await back.next('welcome')
    expect(await shared.api.query('revisions.get', { number: have.revision })).toMatchObject({ nodes: 1, applied: 1, applied_ms: null })
  })

  test('a removed node counts no more', async () => {
    const { node } = await join('removed')
    const { revision } = await acknowledge(node)
    await until('the receipt', async () => ((await shared.api.query('revisions.get', { number: revision })).applied === 1 ? true : null))
    const id = (await stateOf('removed'))?.id
    await shared.api.mutate('nodes.remove', { id })
    expect(await shared.api.query('revisions.get', { number: revision })).toMatchObject({ nodes: 0, applied: 0 })
  })
})
