import { Worker } from 'node:worker_threads'
import { REFUSED, TABLE_FULL } from '@sluice/plugins/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCounterMemory, SharedCounterTable } from './counter-table.ts'

const clockAt = (start: number) => {
  const clock = { now: start, nowMs: () => clock.now }
  return clock
}

describe('a counter table', () => {
  test('counts up to the limit and refuses from there on', () => {
    const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
    expect([1, 2, 3, 4].map(() => table.take('key', 3, 60_000))).toEqual([1, 2, 3, REFUSED])
    expect(table.read('key', 60_000)).toBe(3)
  })

  test('gives back what was taken', () => {
    const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
    table.take('key', 1, 60_000)
    table.release('key', 60_000)
    expect(table.take('key', 1, 60_000)).toBe(1)
  })

  test('does not count below zero', () => {
    const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
    table.release('key', 60_000)
    expect(table.read('key', 60_000)).toBe(0)
    expect(table.take('key', 1, 60_000)).toBe(1)
  })

  test('adds without a limit, and raises to what is known, never back', () => {
    const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
    expect([table.add('key', 3, 60_000), table.raise('key', 2, 60_000), table.raise('key', 7, 60_000), table.add('key', 1, 60_000)]).toEqual([3, 3, 7, 8])
    expect(table.add('key', 2 ** 33, 60_000)).toBe(2 ** 32 - 1)
    expect(table.add('key', 1, 60_000)).toBe(2 ** 32 - 1)
    expect(table.read('key', 60_000)).toBe(2 ** 32 - 1)
  })

  test('lets cells through at a rate with a burst, to the millisecond', () => {
    const clock = clockAt(1_000_250)
    const table = new SharedCounterTable(createCounterMemory(1024), clock)
    const spend = () => table.spend('key', 100, 300)
    expect([spend(), spend(), spend(), spend()]).toEqual([100, 200, 300, -100])
    clock.now += 99
    expect(spend()).toBe(-1)
    clock.now += 1
    expect([spend(), spend()]).toEqual([300, -100])
    table.spend('key', -100, 300)
    expect([spend(), spend()]).toEqual([300, -100])
    clock.now += 100_000
    expect([spend(), spend()]).toEqual([100, 200])
  })

  test('agrees with plain arithmetic on cells at any times (property)', () => {
    const step = fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), key: fc.constantFrom('a', 'b') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 5 }), (steps, burst) => {
        const clock = clockAt(5_000)
        const table = new SharedCounterTable(createCounterMemory(1024), clock)
        const paid = new Map<string, number>()
        for (const { waitMs, key } of steps) {
          clock.now += waitMs
          const next = Math.max(clock.now, paid.get(key) ?? 0) + 100
          const isTaken = next - clock.now <= burst * 100
          if (isTaken) paid.set(key, next)
          expect(table.spend(key, 100, burst * 100)).toBe(isTaken ? next - clock.now : burst * 100 - (next - clock.now))
        }
      }),
    )
  })

  test('starts a window at zero', () => {
    const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
    table.take('key', 1, 60_000)
    expect(table.take('key', 1, 120_000)).toBe(1)
  })

  test('is full when no slot near the key is free, and reuses those whose window has ended', () => {
    const clock = clockAt(0)
    const table = new SharedCounterTable(createCounterMemory(64), clock)
    const results = Array.from({ length: 80 }, (_, index) => table.take(`key-${index}`, 10, 1_000))
    expect(results.filter((result) => result === 1).length).toBe(64)
    expect(results.filter((result) => result === TABLE_FULL).length).toBe(16)
    clock.now = 2_000
    expect(table.take('late', 10, 3_000)).toBe(1)
  })

  test('agrees with a map on any sequence of takes and releases', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 20 }), limit: fc.integer({ min: 1, max: 5 }), release: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new SharedCounterTable(createCounterMemory(1024), clockAt(0))
        const model = new Map<number, number>()
        for (const { key, limit, release } of steps) {
          const count = model.get(key) ?? 0
          if (release) {
            table.release(`k${key}`, 60_000)
            model.set(key, Math.max(0, count - 1))
          } else {
            const expected = count < limit ? count + 1 : REFUSED
            expect(table.take(`k${key}`, limit, 60_000)).toBe(expected)
            if (expected !== REFUSED) model.set(key, expected)
          }
          expect(table.read(`k${key}`, 60_000)).toBe(model.get(key) ?? 0)
        }
      }),
    )
  })

  test('is exact when four threads take from one counter at once', async () => {
    const memory = createCounterMemory(1024)
    const source = `
      import { parentPort, workerData } from 'node:worker_threads'
      const { SharedCounterTable } = await import(workerData.module)
      const table = new SharedCounterTable(workerData.memory, { nowMs: () => 0 })
      let passed = 0
      for (let index = 0; index < 5000; index += 1) if (table.take('key', 10000, 60000) > 0) passed += 1
      parentPort.postMessage(passed)`
    const module = new URL('./counter-table.ts', import.meta.url).href
    const count = () =>
      new Promise<number>((resolve, reject) => {
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { memory, module } })
        worker.once('message', resolve)
        worker.once('error', reject)
      })
    const passed = await Promise.all([count(), count(), count(), count()])
    expect(passed.reduce((sum, part) => sum + part, 0)).toBe(10_000)
  })
})
