import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { LINK_LIMITS } from '@sluice/shared/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeConnection, FakeHub, snapshotOf } from './harness/fake-hub.ts'
import { nodeStatus, startNodeFor, untilStatus } from './harness/linked-node.ts'
import { type NodeProcess, until } from './harness/node-process.ts'

const TOKEN = 'sluice_join_for_the_test'

let hub: FakeHub
const nodes: NodeProcess[] = []

beforeEach(async () => {
  hub = await FakeHub.start()
})
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await hub.stop()
})

async function start(options: Parameters<typeof startNodeFor>[2] = {}, url = hub.url): Promise<NodeProcess> {
  const node = await startNodeFor(url, 'n', options)
  nodes.push(node)
  return node
}

const credentialOf = (node: NodeProcess) => readFileSync(join(node.dataDir, 'credential'), 'utf8')

/** A node that has joined and serves an empty configuration. */
async function startJoined(): Promise<{ node: NodeProcess; connection: FakeConnection }> {
  const node = await start({ token: TOKEN })
  const connection = await hub.connection(0)
  await connection.welcome()
  connection.sendSnapshot(snapshotOf(1, []))
  await connection.next('applied')
  return { node, connection }
}

const isReady = async (node: NodeProcess) => (await fetch(`${node.status}/readyz`)).status === 200

describe('what a node proves itself with', () => {
  test('is the token once, and its own credential from then on', async () => {
    const node = await start({ token: TOKEN })
    const connection = await hub.connection(0)
    expect(connection.bearer).toBe(`Bearer ${TOKEN}`)
    const enrol = await connection.next('enrol')
    connection.send({ type: 'enrolled', node_id: '0d6a1c62-6a0e-4a7c-9d38-1f6f0a2f5b11' })
    connection.messages.unshift(await connection.next('hello'))
    await connection.welcome()
    await untilStatus(node, 'the link', ({ link }) => link === 'connected')
    expect(createHash('sha256').update(credentialOf(node)).digest('hex')).toBe(enrol.credential_sha256)
    connection.socket.terminate()
    expect((await hub.connection(1)).bearer).toBe(`Bearer ${credentialOf(node)}`)
  })

  test('is the same credential after a kill between enrol and its answer', async () => {
    const node = await start({ token: TOKEN })
    const first = await (await hub.connection(0)).next('enrol')
    await node.kill()
    await start({ token: TOKEN, dataDir: node.dataDir })
    expect((await (await hub.connection(1)).next('enrol')).credential_sha256).toBe(first.credential_sha256)
  })

  test('is a new token with a new credential, once it was revoked', async () => {
    const { node, connection } = await startJoined()
    const former = credentialOf(node)
    connection.send({ type: 'refuse', code: 'revoked', message: 'This node was revoked.' })
    const second = await hub.connection(1)
    expect(second.bearer).toBe(`Bearer ${TOKEN}`)
    const hello = await second.welcome()
    expect(hello.have).toMatchObject({ revision: 1 })
    await until('the new credential', () => (credentialOf(node) === former ? null : true))
  })
})

describe('a refusal', () => {
  test.each([
    ['revoked', 'This node was revoked.'],
    ['protocol', 'Run the same version of both.'],
    ['bad_token', 'Take a new token.'],
  ] as const)('%s is shown as it was said, the node serves on and does not dial in a hurry', async (code, message) => {
    const { node } = await startJoined()
    await node.stop({ keepData: true })
    const again = await start({ dataDir: node.dataDir })
    const connection = await hub.connection(1)
    await connection.next('hello')
    connection.send({ type: 'refuse', code, message })
    expect(await untilStatus(again, 'the refusal', ({ link }) => link === 'refused')).toMatchObject({ link_reason: message, revision: 1 })
    const line = await again.line(`"code":"${code}"`)
    expect((JSON.parse(line) as { again_in_ms: number }).again_in_ms).toBeGreaterThanOrEqual(LINK_LIMITS.reconnectDelayMsMax / 2)
    expect(await isReady(again)).toBe(true)
  })

  test('a node that was started with neither credential nor token says what it needs', async () => {
    const node = await start()
    const { link_reason } = await untilStatus(node, 'the refusal', ({ link }) => link === 'refused')
    expect(link_reason).toContain('SLUICE_JOIN_TOKEN')
    expect(hub.connections).toEqual([])
  })
})

test('a hub that takes the connection and says nothing is left, and dialled again', async () => {
  const node = await start({ token: TOKEN })
  const mute = await hub.connection(0)
  expect((await hub.connection(1, 30_000)).at - mute.at).toBeGreaterThanOrEqual(LINK_LIMITS.handshakeTimeoutMs)
  expect(mute.closedAt).not.toBeNull()
  expect((await nodeStatus(node)).link_reason).toContain('did not answer in time')
})

test('what is no hub at that address is named, and the node keeps trying', async () => {
  let calls = 0
  const page = createServer((_, response) => {
    calls += 1
    response.end('a page')
  })
  page.on('upgrade', (_, socket) => {
    calls += 1
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
  const node = await start({ token: TOKEN }, `ws://127.0.0.1:${(page.address() as AddressInfo).port}`)
  const { link_reason } = await untilStatus(node, 'the reason', (status) => status.link_reason !== null)
  expect(link_reason).toContain('status 404 came instead of a WebSocket; is SLUICE_CONTROL_PLANE the address of a control plane?')
  await until('another attempt', () => (calls >= 2 ? true : null))
  page.closeAllConnections()
  await new Promise((resolve) => page.close(resolve))
})
