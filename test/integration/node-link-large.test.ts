import { randomBytes, randomUUID } from 'node:crypto'
import { adjustContentHash, entityHash } from '@sluice/shared/content-hash'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { expect, test } from 'vitest'
import { DEFAULTS } from './harness/entity-values.ts'
import { FakeHub, snapshotOf } from './harness/fake-hub.ts'
import { startNodeFor } from './harness/linked-node.ts'
import { type NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

const SERVICES = 5_000
/** Longest time that the status address may not answer while a large configuration comes in. */
const STALL_MS_MAX = 1_500

/** Each service has a route under its number, and a tag that does not compress, so that the snapshot takes several chunks. */
function largeConfiguration(port: number): SnapshotEntity[] {
  const services = Array.from({ length: SERVICES }, (_, index): SnapshotEntity => {
    return {
      type: 'service',
      entity: { ...DEFAULTS.services, id: randomUUID(), name: `s${index}`, host: '127.0.0.1', port, tags: [1, 2, 3].map(() => randomBytes(60).toString('hex')) },
    }
  })
  const routes = services.map(({ entity }, index): SnapshotEntity => {
    return { type: 'route', entity: { ...DEFAULTS.routes, id: randomUUID(), name: `r${index}`, paths: [`/${index}/`], service: { id: entity.id } } }
  })
  return [...services, ...routes]
}

/** Asks the status address again and again; answers how long the slowest answer took. */
async function watchStalls(node: NodeProcess, done: Promise<unknown>): Promise<number> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  done.then(over, over)
  let slowest = 0
  while (!isOver) {
    const at = performance.now()
    await (await fetch(`${node.status}/livez`)).text()
    slowest = Math.max(slowest, performance.now() - at)
  }
  return slowest
}

test(`${2 * SERVICES} entities in several chunks are served, the node's main thread keeps answering, and an edit costs main its own size`, async () => {
  const [hub, origin] = [await FakeHub.start(), await Origin.start('origin')]
  const node = await startNodeFor(hub.url, 'large', { token: 'sluice_join_for_the_test', env: { SLUICE_WORKERS: '2' } })
  try {
    const connection = await hub.connection(0)
    await connection.welcome()
    const entities = largeConfiguration(origin.port)
    const snapshot = snapshotOf(1, entities)
    connection.sendSnapshot(snapshot)
    const answered = until('an answer to the snapshot', () => connection.messages.find(({ type }) => type === 'applied' || type === 'rejected') ?? null, 60_000)
    const stall = await watchStalls(node, answered)
    expect(await answered).toMatchObject({ type: 'applied' })
    const { apply_ms } = await connection.next('applied')
    expect((await fetch(`${node.proxy}/${SERVICES - 1}/`)).status).toBe(200)

    const edited = entities.at(-1) as SnapshotEntity
    const after: SnapshotEntity = { type: 'route', entity: { ...edited.entity, paths: ['/edited'] } }
    const hash = adjustContentHash(snapshot.hash, { removed: entityHash(edited.type, edited.entity), added: entityHash(after.type, after.entity) })
    connection.send({ type: 'delta', base: 1, revision: 2, hash, changes: [{ op: 'upsert', ...after }] })
    const delta = await connection.next('applied')
    expect(delta).toMatchObject({ revision: 2, hash })
    expect([(await fetch(`${node.proxy}/edited`)).status, (await fetch(`${node.proxy}/${SERVICES - 1}/`)).status]).toEqual([200, 404])
    console.log(`${entities.length} entities: snapshot applied in ${apply_ms} ms, slowest answer of main ${stall.toFixed(0)} ms; one edit applied in ${delta.apply_ms} ms`)
    expect(stall).toBeLessThan(STALL_MS_MAX)

    // The last good file has the edit; a start from it serves the same.
    await node.stop({ keepData: true })
    const again = await startNodeFor(hub.url, 'large', { dataDir: node.dataDir })
    expect((await fetch(`${again.proxy}/edited`)).status).toBe(200)
    expect((await (await hub.connection(1)).welcome()).have).toEqual({ revision: 2, hash })
    await again.stop()
  } finally {
    await node.stop()
    await hub.stop()
    await origin.stop()
  }
})
