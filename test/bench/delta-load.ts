import { fork } from 'node:child_process'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { adjustContentHash, entityHash } from '@sluice/shared/content-hash'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { FakeHub, snapshotOf } from '../integration/harness/fake-hub.ts'
import { startNodeFor, untilServing } from '../integration/harness/linked-node.ts'

/**
 * Prints the latency of requests at a steady rate through a node with many routes, without changes and while ten routes change every second, in
 * turn: `node test/bench/delta-load.ts [routes] [requests per second]`. Latency counts from when a request was due.
 */

const ROUTES = Number(process.argv[2] ?? 10_000)
const PER_SECOND = Number(process.argv[3] ?? 500)
const ROUNDS = 5
const ROUND_MS = 8_000
const CHANGED = 10
const DELTA_INTERVAL_MS = 1_000

const isWith = process.argv[2] === 'part'
if (isWith && process.argv[3] === 'origin') startOrigin()
else if (isWith) startLoad(String(process.argv[4]), Number(process.argv[5]), Number(process.argv[6]))
else await main()

function startOrigin(): void {
  const server = createServer((_, response) => response.end('x'.repeat(1024)))
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
}

/** Sends for one round whenever it is told to, and answers with the sorted latencies. */
function startLoad(url: string, routes: number, perSecond: number): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  process.on('message', () => {
    const latencies: number[] = []
    let failed = 0
    let sent = 0
    let ended = 0
    const startedAt = performance.now()
    const total = (perSecond * ROUND_MS) / 1000
    const settle = (dueAt: number, isGood: boolean) => {
      ended += 1
      if (isGood) latencies.push(performance.now() - dueAt)
      else failed += 1
      if (ended === total) process.send?.({ latencies: latencies.sort((a, b) => a - b), failed })
    }
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1000))
      for (; sent < due; sent += 1) {
        const dueAt = startedAt + ((sent + 1) * 1000) / perSecond
        const request = get(`${url}/r${(sent * 7_919) % routes}/x`, { agent }, (response) => {
          response.resume()
          response.once('end', () => settle(dueAt, response.statusCode === 200))
        })
        request.once('error', () => settle(dueAt, false))
      }
      if (sent === total) clearInterval(timer)
    }, 1)
  })
  process.send?.({ isReady: true })
}

function part(...args: string[]): { child: ReturnType<typeof fork>; next(): Promise<Record<string, unknown>> } {
  const child = fork(import.meta.filename, ['part', ...args])
  return { child, next: () => new Promise((resolve) => child.once('message', (message) => resolve(message as Record<string, unknown>))) }
}

async function main(): Promise<void> {
  const origin = part('origin')
  const { port } = await origin.next()
  const idOf = (kind: number, index: number) => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`
  let edit = 0
  const route = (index: number): SnapshotEntity => ({
    type: 'route',
    entity: { id: idOf(2, index), name: `route-${index}`, service: { id: idOf(1, 0) }, paths: [`/r${index}/`], tags: [`edit-${edit++}`] },
  })
  const entities: SnapshotEntity[] = [{ type: 'service', entity: { id: idOf(1, 0), host: '127.0.0.1', port } }, ...Array.from({ length: ROUTES }, (_, index) => route(index))]
  const hub = await FakeHub.start()
  const parts = [origin]
  process.once('exit', () => {
    for (const { child } of parts) child.kill()
  })
  const node = await startNodeFor(`${hub.url}`, 'bench', { token: 'sluice_join_for_the_bench', env: { SLUICE_WORKERS: '1', SLUICE_ACCESS_LOG: 'off' } })
  const link = await hub.connection(0)
  await link.welcome()
  let { revision, hash } = snapshotOf(1, entities)
  link.sendSnapshot({ revision, hash, entities })
  await untilServing(node, 1, 60_000)
  const change = () => {
    const base = revision
    revision += 1
    const changes = Array.from({ length: CHANGED }, (_, index) => {
      const at = 1 + ((edit * 31 + index * 97) % ROUTES)
      const before = entities[at] as SnapshotEntity
      const after = route(at - 1)
      hash = adjustContentHash(hash, { removed: entityHash('route', before.entity), added: entityHash('route', after.entity) })
      entities[at] = after
      return { op: 'upsert' as const, ...after }
    })
    link.send({ type: 'delta', base, revision, hash, changes })
  }
  const load = part('load', node.proxy, String(ROUTES), String(PER_SECOND))
  parts.push(load)
  await load.next()
  const run = async (isChanging: boolean) => {
    const timer = isChanging ? setInterval(change, DELTA_INTERVAL_MS) : undefined
    load.child.send('go')
    const { latencies, failed } = (await load.next()) as { latencies: number[]; failed: number }
    clearInterval(timer)
    const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] as number).toFixed(2).padStart(7)
    console.log(`${isChanging ? 'ten routes change every second' : 'no changes                    '} p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)} ms; ${failed} failed`)
  }
  console.log(`${ROUTES} routes, ${PER_SECOND} requests per second, rounds of ${ROUND_MS / 1000} s`)
  await run(false)
  for (let round = 0; round < ROUNDS; round += 1) for (const isChanging of [false, true]) await run(isChanging)
  await untilServing(node, revision, 20_000)
  await node.stop()
  await hub.stop()
  process.exit()
}
