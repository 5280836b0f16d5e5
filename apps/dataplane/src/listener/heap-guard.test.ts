import { describe, expect, test } from 'vitest'
import { HeapGuard } from './heap-guard.ts'

describe('a worker sheds requests', () => {
  test.each([
    [0, false],
    [949, false],
    [950, true],
    [1000, true],
  ])('with %i of 1,000 bytes in use at a limit of 95 %%: %s', (usedBytes, expected) => {
    const guard = new HeapGuard(95, () => ({ usedBytes, limitBytes: 1_000 }))
    guard.look()
    expect(guard.sheds()).toBe(expected)
  })

  test('until memory is free again', () => {
    let usedBytes = 990
    const guard = new HeapGuard(95, () => ({ usedBytes, limitBytes: 1_000 }))
    guard.look()
    expect(guard.sheds()).toBe(true)
    usedBytes = 100
    guard.look()
    expect(guard.sheds()).toBe(false)
  })

  test('not before it has looked', () => {
    expect(new HeapGuard(1).sheds()).toBe(false)
  })

  test('and counts them, once each', () => {
    const guard = new HeapGuard(1, () => ({ usedBytes: 1, limitBytes: 1 }))
    guard.look()
    guard.sheds()
    guard.sheds()
    expect([guard.takeShed(), guard.takeShed()]).toEqual([2, 0])
  })

  test('by the heap of its own thread', () => {
    const guard = new HeapGuard(100)
    guard.look()
    expect(guard.sheds()).toBe(false)
  })
})
