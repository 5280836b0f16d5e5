import { describe, expect, test } from 'vitest'
import { type HeapReading, OVERLOAD_LOOK_INTERVAL_MS, OverloadGuard } from './overload-guard.ts'

const EMPTY: HeapReading = { usedBytes: 0, limitBytes: 1_000 }
const NEVER_LATE = { heapPercent: 95, loopLagMs: 0 }
const NONE = { heap: 0, loop: 0 }

describe('a worker sheds requests for want of memory', () => {
  const guardOf = (heap: () => HeapReading, heapPercent = 95) => new OverloadGuard({ heapPercent, loopLagMs: 0 }, { heap, nowMs: () => 0 })

  test.each([
    [0, false],
    [949, false],
    [950, true],
    [1000, true],
  ])('with %i of 1,000 bytes in use at a limit of 95 %%: %s', (usedBytes, expected) => {
    const guard = guardOf(() => ({ usedBytes, limitBytes: 1_000 }))
    guard.look()
    expect(guard.sheds()).toBe(expected)
  })

  test('until memory is free again', () => {
    let usedBytes = 990
    const guard = guardOf(() => ({ usedBytes, limitBytes: 1_000 }))
    guard.look()
    expect(guard.sheds()).toBe(true)
    usedBytes = 100
    guard.look()
    expect(guard.sheds()).toBe(false)
  })

  test('not before it has looked', () => {
    expect(new OverloadGuard({ heapPercent: 1, loopLagMs: 1 }).sheds()).toBe(false)
  })

  test('and counts them, once each', () => {
    const guard = guardOf(() => ({ usedBytes: 1, limitBytes: 1 }), 1)
    guard.look()
    guard.sheds()
    guard.sheds()
    expect([guard.takeShed(), guard.takeShed()]).toEqual([{ heap: 2, loop: 0 }, NONE])
  })

  test('by the heap of its own thread', () => {
    const guard = new OverloadGuard(NEVER_LATE)
    guard.look()
    expect(guard.sheds()).toBe(false)
  })
})

describe('a worker sheds requests for want of time', () => {
  /** Looks, each so many milliseconds late; gives whether a request is shed after each. */
  function looks(loopLagMs: number, ...lagsMs: number[]): boolean[] {
    let nowMs = 0
    const guard = new OverloadGuard({ heapPercent: 95, loopLagMs }, { heap: () => EMPTY, nowMs: () => nowMs })
    return lagsMs.map((lagMs) => {
      nowMs += OVERLOAD_LOOK_INTERVAL_MS + lagMs
      guard.look()
      return guard.sheds()
    })
  }

  test('where it was late twice in a row', () => {
    expect(looks(1_000, 1_000, 1_000)).toEqual([false, true])
    expect(looks(1_000, 999, 999, 999)).toEqual([false, false, false])
  })

  test('not where the process was stopped once, for however long', () => {
    expect(looks(1_000, 3_600_000, 0, 3_600_000, 0)).toEqual([false, false, false, false])
  })

  test('until it was in time three times in a row', () => {
    expect(looks(1_000, 1_000, 1_000, 0, 0, 1_000, 0, 0, 0, 0)).toEqual([false, true, true, true, true, true, true, false, false])
  })

  test('never where it is switched off', () => {
    expect(looks(0, 1e6, 1e6, 1e6)).toEqual([false, false, false])
  })

  test('that is told from want of memory, which goes first', () => {
    let nowMs = 0
    let usedBytes = 1_000
    const guard = new OverloadGuard({ heapPercent: 95, loopLagMs: 1 }, { heap: () => ({ usedBytes, limitBytes: 1_000 }), nowMs: () => nowMs })
    const lookLate = () => {
      nowMs += 1_000
      guard.look()
      guard.sheds()
    }
    lookLate()
    lookLate()
    usedBytes = 0
    lookLate()
    expect(guard.takeShed()).toEqual({ heap: 2, loop: 1 })
  })
})
