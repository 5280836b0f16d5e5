import { LINK_LIMITS } from '@sluice/shared/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { until } from './harness/node-process.ts'
import { newCredential, RawNode } from './harness/raw-node.ts'

const shared = sharedControlPlane()
const open: RawNode[] = []

afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
})

async function join(name: string): Promise<{ node: RawNode; credential: string }> {
  const credential = newCredential()
  const node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken(name), { name, credential })
  open.push(node)
  node.hello()
  await node.next('welcome')
  return { node, credential }
}

const stateOf = async (name: string) => (await shared.api.query('nodes.list')).find((node) => node.name === name)
const second = () => Math.floor(Date.now() / 1000)
const cell = (at: number) => ({ at, connections: 3, cpu_percent: 1, rss_bytes: 1, loop_lag_ms: 0, series: [] })

describe('what a node must not send', () => {
  test('a message over the limit closes its own socket and no other', async () => {
    const [big, other] = [await join('big'), await join('other')]
    big.node.send('x'.repeat(LINK_LIMITS.messageBytesMax + 1))
    expect((await big.node.untilClosed()).code).toBe(1009)
    const { revision } = await shared.api.mutate('services.create', { value: { name: 'after-big', host: 'a.test' } })
    await other.node.applyUntil(revision)
    expect(other.node.closed).toBeNull()
  })

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['an unknown type', { type: 'greet' }],
    ['an unknown field', { type: 'resync', reason: 'a', more: 1 }],
    ['a hash that is none', { type: 'applied', revision: 1, hash: 'x', apply_ms: 1 }],
    ['text that cannot be stored', { type: 'rejected', revision: 1, issues: [{ path: 'a', message: 'a\u0000b' }] }],
    ['telemetry of more series than may be', { type: 'telemetry', cells: new Array(31).fill(cell(1)) }],
  ])('%s is refused', async (name, message) => {
    const { node } = await join(`bad-${name.replaceAll(' ', '-')}`)
    node.send(message)
    expect(await node.next('refuse')).toMatchObject({ code: 'bad_message' })
    expect((await node.untilClosed()).code).toBe(1008)
  })

  test('a binary message is refused', async () => {
    const { node } = await join('binary')
    node.socket.send(Buffer.from([1, 2, 3]))
    expect(await node.next('refuse')).toMatchObject({ code: 'bad_message' })
  })

  test('a flood of messages ends its connection', async () => {
    const { node } = await join('flood')
    for (let index = 0; index < 2_000; index += 1) node.send({ type: 'telemetry', cells: [cell(second())] })
    expect((await node.untilClosed()).code).toBe(1008)
    expect((await shared.api.query('workspace.current')).name).toBe('default')
  })

  test('who says no hello in time is cut off', async () => {
    const credential = newCredential()
    const node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken('silent'), { name: 'silent', credential })
    expect(await node.untilClosed()).toEqual({ code: 1008, reason: 'no hello in time' })
  })
})

describe('one node', () => {
  test('with two connections: the newer one wins, and the node does not count as gone', async () => {
    const { node, credential } = await join('twice')
    const newer = await RawNode.dial(shared.process.hubUrl, credential)
    open.push(newer)
    newer.hello()
    await newer.next('welcome')
    await node.untilClosed()
    // The old connection's end is handled by now: what is written after it is seen after it.
    const { revision } = await shared.api.mutate('services.create', { value: { name: 'after-twice', host: 'a.test' } })
    await newer.applyUntil(revision)
    await until('the receipt', async () => ((await shared.api.query('revisions.get', { number: revision })).applied > 0 ? true : null))
    expect(await stateOf('twice')).toMatchObject({ state: 'connected' })
    expect(newer.closed).toBeNull()
  })

  test('that leaves is shown as disconnected', async () => {
    const { node } = await join('leaves')
    expect((await stateOf('leaves'))?.state).toBe('connected')
    await node.close()
    await until('the node to be shown as gone', async () => ((await stateOf('leaves'))?.state === 'disconnected' ? true : null))
  })

  test('that leaves in the middle of its hello is not shown as connected', async () => {
    const credential = newCredential()
    const node = await RawNode.enrol(shared.process.hubUrl, await shared.process.joinToken('hasty'), { name: 'hasty', credential })
    node.hello()
    node.socket.terminate()
    await until('the hello to be written down', async () => ((await stateOf('hasty'))?.version === '0.1.0' ? true : null))
    await until('the node to be shown as gone', async () => ((await stateOf('hasty'))?.state === 'disconnected' ? true : null))
  })

  test('that is revoked is cut off at once, told why, and stays out until it joins again', async () => {
    const { node, credential } = await join('revoked')
    await shared.api.mutate('nodes.revoke', { id: (await stateOf('revoked'))?.id })
    expect(await node.next('refuse')).toMatchObject({ code: 'revoked' })
    await node.untilClosed()
    expect((await stateOf('revoked'))?.state).toBe('revoked')
    const again = await RawNode.dial(shared.process.hubUrl, credential)
    expect(await again.next('refuse')).toMatchObject({ code: 'revoked', message: expect.stringContaining('new token') })
    await join('revoked')
    expect((await stateOf('revoked'))?.state).toBe('connected')
  })

  test('that is revoked in the database alone (by another control plane) is cut off too', async () => {
    const { node } = await join('elsewhere')
    await shared.process.sql("UPDATE node SET revoked_at = now() WHERE name = 'elsewhere'")
    expect(await node.next('refuse')).toMatchObject({ code: 'revoked' })
  })

  test('has its telemetry in the list and in the stream, and a wrong clock does no harm', async () => {
    const { node } = await join('telemetry')
    const service = 'orders'
    const series = { service, route: null, variant: 'canary', requests: 10, status_4xx: 1, status_5xx: 0, latency: [10, ...new Array(21).fill(0)] }
    const seen: { node: string; canary: { requests: number } }[] = []
    const stream = shared.api.subscribe('telemetry.watch', { seconds: 60 }, ({ cells }) => seen.push(...cells))
    node.send({ type: 'telemetry', cells: [{ ...cell(second()), series: [series] }, cell(4_000_000_000), cell(5)] })
    await until('the cell', () => (seen.some((shown) => shown.node === 'telemetry' && shown.canary.requests === 10) ? true : null))
    stream.stop()
    expect(await stateOf('telemetry')).toMatchObject({ connections: 3, requests_per_s: 10 })
    expect(await shared.process.sql("SELECT at FROM telemetry_cell JOIN node ON node.id = node_id WHERE name = 'telemetry'")).toHaveLength(1)
    expect(node.closed).toBeNull()
  })
})
