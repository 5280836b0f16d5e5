import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { makeCertificate } from './harness/certificates.ts'
import { NodeProcess, until } from './harness/node-process.ts'

/** How many connections a node takes, over all of its workers. */

const sockets: Socket[] = []
const nodes: NodeProcess[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
})

async function startNode(env: Record<string, string>): Promise<NodeProcess> {
  const node = await NodeProcess.start({ env: { SLUICE_WORKERS: '3', ...env } })
  nodes.push(node)
  const { cert, key } = makeCertificate(['localhost'])
  const { status } = await node.postConfig({ _format_version: '3.0', services: [], certificates: [{ cert, key, snis: [{ name: 'localhost' }] }] })
  expect(status).toBe(201)
  return node
}

/** Asks on a connection of its own, which stays; true where it was answered, false where it was closed. */
function asks(socket: Socket): Promise<boolean> {
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  return new Promise((resolve) => {
    socket.once('data', () => resolve(true))
    socket.once('close', () => resolve(false))
  })
}

const open = (node: NodeProcess, localAddress = '127.0.0.1') => asks(connect({ host: '127.0.0.1', port: Number(new URL(node.proxy).port), localAddress }))

async function openTls(node: NodeProcess): Promise<boolean> {
  const { tls } = JSON.parse(readFileSync(join(node.dataDir, 'listen.json'), 'utf8')) as { tls: string }
  return asks(connectTls({ host: '127.0.0.1', port: Number(tls.split(':').pop()), servername: 'localhost', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }))
}

async function openMany(count: number, one: () => Promise<boolean>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, one))
  return answers.filter(Boolean).length
}

async function refused(node: NodeProcess, reason: string): Promise<number> {
  const text = await (await fetch(`${node.status}/metrics`)).text()
  return Number(new RegExp(`^sluice_connections_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1])
}

describe('a node takes no more connections than SLUICE_LIMIT_CONNECTIONS', () => {
  test('whichever worker and address they come to; the rest are closed, counted, and told in one line', async () => {
    const node = await startNode({ SLUICE_LIMIT_CONNECTIONS: '20', SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0' })
    for (let count = 0; count < 10; count += 1) expect(await open(node)).toBe(true)
    for (let count = 0; count < 10; count += 1) expect(await openTls(node)).toBe(true)
    expect(await openMany(20, () => open(node))).toBe(0)
    expect(await openMany(5, () => openTls(node))).toBe(0)
    await until('the metric', async () => ((await refused(node, 'node')) === 25 ? true : null))
    expect(await refused(node, 'address')).toBe(0)
    await node.line('connections were closed at once')
    expect(node.output.match(/connections were closed at once/g)?.length).toBeLessThan(5)
  })

  test('and takes new ones as soon as others have ended', async () => {
    const node = await startNode({ SLUICE_LIMIT_CONNECTIONS: '4' })
    for (let count = 0; count < 4; count += 1) expect(await open(node)).toBe(true)
    expect(await open(node)).toBe(false)
    for (const socket of sockets) socket.destroy()
    await until('room', async () => ((await open(node)) ? true : null))
  })

  test('by one for each worker at most, where all come in the same instant', async () => {
    const node = await startNode({ SLUICE_LIMIT_CONNECTIONS: '10' })
    const taken = await openMany(60, () => open(node))
    expect(taken).toBeGreaterThanOrEqual(10)
    expect(taken).toBeLessThanOrEqual(12)
  })
})

test('an address has no more connections than SLUICE_LIMIT_ADDRESS_CONNECTIONS, a trusted proxy as many as it likes', async () => {
  const node = await startNode({ SLUICE_LIMIT_ADDRESS_CONNECTIONS: '5', SLUICE_TRUSTED_IPS: '127.0.0.3/32' })
  for (let count = 0; count < 5; count += 1) expect(await open(node)).toBe(true)
  expect(await openMany(10, () => open(node))).toBe(0)
  expect(await open(node, '127.0.0.2')).toBe(true)
  expect(await openMany(20, () => open(node, '127.0.0.3'))).toBe(20)
  await until('the metric', async () => ((await refused(node, 'address')) === 10 ? true : null))
})
