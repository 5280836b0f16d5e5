import { Worker } from 'node:worker_threads'
import type { Place } from '@sluice/plugins/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InFlightQueue } from './in-flight-queue.ts'
import { createInFlightMemory, type InFlightMemory, InFlightTable } from './in-flight-table.ts'

/** Queues of several workers over one memory; here they are in one thread, so that a test says what happens when. */
function queues(count: number, memory: InFlightMemory = createInFlightMemory(count)) {
  const tables = Array.from({ length: count }, (_, worker) => new InFlightTable(memory, worker, () => 0))
  return { memory, tables, queues: tables.map((table, worker) => new InFlightQueue(table, worker)) }
}

const BOUNDS = { limit: 2, queueMax: 2, waitMs: 60_000 }
const statesOf = (places: readonly Place[]) => places.map(({ state }) => state)

describe('places of several workers', () => {
  test('are those of the node: some enter, some wait, more are refused', () => {
    const [a, b] = queues(2).queues as [InFlightQueue, InFlightQueue]
    expect(statesOf([a, b, a, b, a, b].map((queue) => queue.enter('key', BOUNDS)))).toEqual(['entered', 'entered', 'waiting', 'waiting', 'full', 'full'])
    expect(a.enter('other', BOUNDS).state).toBe('entered')
  })

  test('a place that is given back goes to who waits, in another worker too, and never to one that comes later', async () => {
    const [a, b] = queues(2).queues as [InFlightQueue, InFlightQueue]
    const bounds = { ...BOUNDS, limit: 1 }
    const first = a.enter('key', bounds)
    const second = b.enter('key', bounds)
    first.leave()
    const third = a.enter('key', bounds)
    expect([second.state, third.state]).toEqual(['waiting', 'waiting'])
    expect(await second.entered).toBe(true)
    second.leave()
    expect(await third.entered).toBe(true)
  })

  test('who waited in one worker is served in the order that they came', async () => {
    const [queue] = queues(1).queues as [InFlightQueue]
    const bounds = { limit: 1, queueMax: 10, waitMs: 60_000 }
    const first = queue.enter('key', bounds)
    const order: number[] = []
    const later = [1, 2, 3].map((name) => {
      const place = queue.enter('key', bounds)
      void place.entered?.then(() => {
        order.push(name)
        place.leave()
      })
      return place
    })
    first.leave()
    await Promise.all(later.map(({ entered }) => entered))
    await later[2]?.entered
    expect(order).toEqual([1, 2, 3])
  })

  test('who waits too long, or leaves, gets none, and makes room in the queue', async () => {
    const { queues: all, tables } = queues(1)
    const [queue] = all as [InFlightQueue]
    const first = queue.enter('key', { limit: 1, queueMax: 2, waitMs: 1 })
    const [slow, gone] = [queue.enter('key', { limit: 1, queueMax: 2, waitMs: 1 }), queue.enter('key', BOUNDS)]
    expect(queue.enter('key', { ...BOUNDS, limit: 1 }).state).toBe('full')
    gone.leave()
    gone.leave()
    expect(await Promise.all([slow.entered, gone.entered])).toEqual([false, false])
    slow.leave()
    first.leave()
    first.leave()
    expect(tables[0]?.count('key')).toBe(0)
    expect(statesOf([1, 2, 3].map(() => queue.enter('key', BOUNDS)))).toEqual(['entered', 'entered', 'waiting'])
  })

  test('what a worker held is free when its replacement starts, even a lock', async () => {
    const { memory, queues: all, tables } = queues(2)
    const [a, b] = all as [InFlightQueue, InFlightQueue]
    a.enter('key', BOUNDS)
    a.enter('key', BOUNDS)
    const waiting = b.enter('key', BOUNDS)
    const words = new Int32Array(memory.buffer)
    words[0] = 1
    new InFlightTable(memory, 0, () => 0)
    expect(words[0]).toBe(0)
    expect(await waiting.entered).toBe(true)
    expect(tables[1]?.count('key')).toBe(1)
  })

  test('more keys than there is room for are not counted, and the others still are', () => {
    const { queues: all } = queues(1)
    const [queue] = all as [InFlightQueue]
    const states = Array.from({ length: 70_000 }, (_, index) => queue.enter(`key ${index}`, BOUNDS).state)
    expect(new Set(states)).toEqual(new Set(['entered', 'untracked']))
    expect(states.filter((state) => state === 'entered').length).toBeGreaterThan(60_000)
    expect(statesOf([queue.enter('key 0', BOUNDS), queue.enter('key 0', { ...BOUNDS, queueMax: 0 })])).toEqual(['entered', 'full'])
  })

  test('agree with plain counting on any sequence (property)', async () => {
    const step = fc.record({ worker: fc.nat(2), key: fc.constantFrom('a', 'b'), leaves: fc.boolean(), which: fc.nat(20) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { queues: all, tables } = queues(3)
        const held: { key: string; place: Place; isIn: boolean }[] = []
        for (const { worker, key, leaves, which } of steps) {
          if (leaves) held.splice(which % Math.max(1, held.length), 1)[0]?.place.leave()
          else {
            const place = (all[worker] as InFlightQueue).enter(key, { limit: 3, queueMax: 2, waitMs: 60_000 })
            const entry = { key, place, isIn: place.state === 'entered' }
            void place.entered?.then((isIn) => {
              entry.isIn = isIn
            })
            if (place.state !== 'full') held.push(entry)
          }
          for (const name of ['a', 'b']) expect(tables[0]?.count(name)).toBeLessThanOrEqual(3)
        }
        for (const { place } of held.splice(0)) place.leave()
        for (const name of ['a', 'b']) expect(tables[0]?.count(name)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })
})

test('threads that come and go never pass the limit, and all who may wait get in', { timeout: 60_000 }, async () => {
  const memory = createInFlightMemory(3)
  const inside = new Int32Array(new SharedArrayBuffer(8))
  const folder = new URL('./', import.meta.url).href
  const source = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { memory, worker, inside, folder } = workerData
    const { InFlightTable } = await import(folder + 'in-flight-table.ts')
    const { InFlightQueue } = await import(folder + 'in-flight-queue.ts')
    const queue = new InFlightQueue(new InFlightTable(memory, worker, Math.random), worker)
    let entered = 0
    const one = async () => {
      for (let round = 0; round < 100; round += 1) {
        const place = queue.enter('key', { limit: 4, queueMax: 1000, waitMs: 30000 })
        if (place.entered !== null && !(await place.entered)) throw new Error('waited too long')
        if (place.state === 'full') throw new Error('full')
        entered += 1
        const now = Atomics.add(inside, 0, 1) + 1
        if (now > 4) Atomics.add(inside, 1, 1)
        await new Promise((resolve) => setImmediate(resolve))
        Atomics.sub(inside, 0, 1)
        place.leave()
      }
    }
    await Promise.all([one(), one(), one(), one(), one()])
    parentPort.postMessage(entered)
  `
  const runs = [0, 1, 2].map(
    (worker) =>
      new Promise<number>((resolve, reject) => {
        const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { memory, worker, inside, folder } })
        thread.once('message', resolve)
        thread.once('error', reject)
      }),
  )
  expect(await Promise.all(runs)).toEqual([500, 500, 500])
  expect([...inside]).toEqual([0, 0])
})
