import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { LINK_LIMITS } from '@sluice/shared/protocol'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULTS } from './harness/entity-values.ts'
import { chunk, type FakeConnection, FakeHub, snapshotOf } from './harness/fake-hub.ts'
import { nodeStatus, startNodeFor, untilStatus } from './harness/linked-node.ts'
import type { NodeProcess } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

const TOKEN = 'sluice_join_for_the_test'
const SERVICE_ID = '3c1f3a57-8f1b-4a27-b0f4-1c7a9f0e2d01'
const ROUTE_ID = '3c1f3a57-8f1b-4a27-b0f4-1c7a9f0e2d02'

let hub: FakeHub
let origin: Origin
const nodes: NodeProcess[] = []

beforeEach(async () => {
  hub = await FakeHub.start()
  origin = await Origin.start('origin')
})
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await hub.stop()
  await origin.stop()
})

const service = (): SnapshotEntity => ({ type: 'service', entity: { ...DEFAULTS.services, id: SERVICE_ID, name: 'a', host: '127.0.0.1', port: origin.port } })
const route = (path: string): SnapshotEntity => ({ type: 'route', entity: { ...DEFAULTS.routes, id: ROUTE_ID, name: 'a', paths: [path], service: { id: SERVICE_ID } } })
const config = (revision: number, path: string) => snapshotOf(revision, [service(), route(path)])
const statusOf = async (node: NodeProcess, path: string) => (await fetch(`${node.proxy}${path}`)).status

/** A node that serves `/one` as revision 1. */
async function startServing(): Promise<{ node: NodeProcess; connection: FakeConnection }> {
  const node = await startNodeFor(hub.url, 'n', { token: TOKEN })
  nodes.push(node)
  const connection = await hub.connection(0)
  await connection.welcome()
  connection.sendSnapshot(config(1, '/one'))
  await connection.next('applied')
  return { node, connection }
}

/** What a broken or hostile hub may send instead of a configuration. */
const GARBAGE: [string, (connection: FakeConnection) => void][] = [
  ['a message over the size limit', (connection) => connection.send('x'.repeat(LINK_LIMITS.messageBytesMax + 1))],
  ['what is not JSON', (connection) => connection.send('{"type":')],
  ['a message of no protocol', (connection) => connection.send('{"type":"reboot"}')],
  ['a field too many', (connection) => connection.send('{"type":"drain","now":true}')],
  ['a chunk without a snapshot', (connection) => connection.send(chunk(0, Buffer.from('x')))],
  [
    'a chunk out of its turn',
    (connection) => {
      connection.send({ type: 'snapshot', revision: 9, hash: '0'.repeat(64), bytes: 100, chunks: 2, encoding: 'gzip' })
      connection.send(chunk(1, Buffer.from('x')))
    },
  ],
  ['a snapshot larger than is taken', (connection) => connection.send({ type: 'snapshot', revision: 9, hash: '0'.repeat(64), bytes: 2 ** 40, chunks: 1, encoding: 'gzip' })],
  [
    'a bomb',
    (connection) => {
      connection.send({ type: 'snapshot', revision: 9, hash: '0'.repeat(64), bytes: 200_000, chunks: 1, encoding: 'gzip' })
      connection.send(chunk(0, gzipSync(Buffer.alloc(128 * 1024 * 1024))))
    },
  ],
]

describe('what no hub should send ends the connection, and the node serves on and comes back', () => {
  // Three for one node: each costs a longer delay than the one before.
  test.each([0, 3, 6])('kinds from %d on', async (from) => {
    const { node, connection: first } = await startServing()
    let connection = first
    for (const [index, [what, send]] of GARBAGE.slice(from, from + 3).entries()) {
      send(connection)
      const closedAt = await connection.untilClosed()
      expect(await statusOf(node, '/one'), what).toBe(200)
      const next = await hub.connection(index + 1)
      const delay = next.at - closedAt
      expect(delay, what).toBeGreaterThanOrEqual(LINK_LIMITS.reconnectDelayMsMin - 50)
      const hello = await next.welcome()
      expect(hello.have, what).toMatchObject({ revision: 1, hash: config(1, '/one').hash })
      connection = next
    }
    connection.sendSnapshot(config(2, '/two'))
    expect(await connection.next('applied')).toMatchObject({ revision: 2 })
    expect(await statusOf(node, '/two')).toBe(200)
  })
})

describe('a configuration that does not fit is not tried', () => {
  test('a delta from another base, and one whose outcome has another hash, ask for the whole; what comes then is served', async () => {
    const { node, connection } = await startServing()
    const wanted = config(5, '/two')
    connection.send({ type: 'delta', base: 4, revision: 5, hash: wanted.hash, changes: [{ op: 'upsert', ...route('/two') }] })
    expect(await connection.next('resync')).toMatchObject({ reason: expect.stringContaining('starts from revision 4') })
    connection.send({ type: 'delta', base: 1, revision: 5, hash: wanted.hash, changes: [{ op: 'upsert', ...route('/three') }] })
    expect(await connection.next('resync')).toMatchObject({ reason: expect.stringContaining('content hash') })
    expect(await statusOf(node, '/one')).toBe(200)
    connection.sendSnapshot(wanted)
    expect(await connection.next('applied')).toMatchObject({ revision: 5, hash: wanted.hash })
    expect(await statusOf(node, '/two')).toBe(200)
  })

  test('a snapshot with another content than its hash says is rejected, and the former serves on', async () => {
    const { node, connection } = await startServing()
    connection.sendSnapshot({ ...config(2, '/two'), hash: 'a'.repeat(64) })
    const { issues } = await connection.next('rejected')
    expect(issues[0]?.message).toContain('content hash')
    expect(await statusOf(node, '/one')).toBe(200)
    expect(await nodeStatus(node)).toMatchObject({ link: 'connected', revision: 1, rejected: { revision: 2 } })
  })

  test('a lower number is a configuration like any other: the control plane may have been restored', async () => {
    const { node, connection } = await startServing()
    connection.sendSnapshot(config(9, '/nine'))
    expect(await connection.next('applied')).toMatchObject({ revision: 9 })
    connection.sendSnapshot(config(3, '/three'))
    expect(await connection.next('applied')).toMatchObject({ revision: 3 })
    expect(await statusOf(node, '/three')).toBe(200)
  })
})

test('of what comes while a revision is applied only the newest is applied', async () => {
  const { node, connection } = await startServing()
  for (let revision = 2; revision <= 40; revision += 1) connection.sendSnapshot(config(revision, `/r${revision}`))
  const applied: number[] = []
  while (applied.at(-1) !== 40) applied.push((await connection.next('applied')).revision)
  expect(applied.length).toBeLessThan(39)
  expect(applied).toEqual([...applied].sort((a, b) => a - b))
  expect(await statusOf(node, '/r40')).toBe(200)
})

test('a truncated last good file is left out, and the hub is asked for the whole', async () => {
  const { node } = await startServing()
  await node.stop({ keepData: true })
  truncateSync(join(node.dataDir, 'last-good'), 60)
  const again = await startNodeFor(hub.url, 'n', { dataDir: node.dataDir })
  nodes.push(again)
  await again.line('the last good configuration cannot be used')
  expect((await fetch(`${again.status}/readyz`)).status).toBe(503)
  const connection = await hub.connection(1)
  expect((await connection.welcome()).have).toBeNull()
  connection.sendSnapshot(config(1, '/one'))
  await connection.next('applied')
  expect(await statusOf(again, '/one')).toBe(200)
})

test('a node that is told to drain is not ready any more and serves what still comes', async () => {
  const { node, connection } = await startServing()
  connection.send({ type: 'drain' })
  await untilStatus(node, 'the drain', () => node.output.includes('takes this node out'))
  const ready = await fetch(`${node.status}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'draining: the control plane asked for it' }])
  expect(await statusOf(node, '/one')).toBe(200)
})

test('POST /config is refused on a node that has a control plane', async () => {
  const { node } = await startServing()
  const { status, body } = await node.postConfig({ _format_version: '3.0' })
  expect(status).toBe(403)
  expect(body.message).toContain('comes from the control plane')
})

test('each second is told in a cell, with what went to the canary told apart', async () => {
  const { node, connection } = await startServing()
  const canary: SnapshotEntity = {
    type: 'plugin',
    entity: {
      ...DEFAULTS.plugins,
      id: '3c1f3a57-8f1b-4a27-b0f4-1c7a9f0e2d03',
      name: 'canary',
      service: { id: SERVICE_ID },
      config: { percentage: 100, hash: 'none', upstream_host: '127.0.0.1', upstream_port: origin.port },
    },
  }
  await fetch(`${node.proxy}/one`)
  await fetch(`${node.proxy}/nowhere`)
  connection.sendSnapshot(snapshotOf(2, [service(), route('/one'), canary]))
  await connection.next('applied')
  for (let count = 0; count < 3; count += 1) await fetch(`${node.proxy}/one`)
  const seen = { stable: 0, canary: 0, unrouted: 0 }
  while (seen.stable < 1 || seen.canary < 3 || seen.unrouted < 1) {
    for (const cell of (await connection.next('telemetry')).cells) {
      expect(cell.rss_bytes).toBeGreaterThan(0)
      for (const { service: id, route: routeId, variant, requests, status_4xx } of cell.series) {
        if (id === null) seen.unrouted += status_4xx
        else seen[variant] += requests
        if (id !== null) expect([id, routeId]).toEqual([SERVICE_ID, ROUTE_ID])
      }
    }
  }
  expect(seen).toEqual({ stable: 1, canary: 3, unrouted: 1 })
})

test('metrics tell the link and what was applied and rejected', async () => {
  const { node, connection } = await startServing()
  connection.sendSnapshot({ ...config(2, '/two'), hash: 'a'.repeat(64) })
  await connection.next('rejected')
  connection.socket.terminate()
  await (await hub.connection(1)).welcome()
  await untilStatus(node, 'the link', ({ link }) => link === 'connected')
  const text = await (await fetch(`${node.status}/metrics`)).text()
  for (const line of [
    'sluice_link_state{state="connected"} 1',
    'sluice_link_state{state="refused"} 0',
    'sluice_link_reconnects_total 1',
    'sluice_revisions_applied_total 1',
    'sluice_revisions_rejected_total 1',
    'sluice_config_revision 1',
  ])
    expect(text).toContain(`${line}\n`)
})
