import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WeightedRing } from './ring.ts'
import { makeTarget, type Target } from './target.ts'

const target = (host: string, weight: number): Target => makeTarget(host, 80, weight)
const NONE = new Set<Target>()

function turn(ring: WeightedRing, times: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let index = 0; index < times; index += 1) {
    const host = ring.next(NONE)?.host ?? '-'
    counts.set(host, (counts.get(host) ?? 0) + 1)
  }
  return counts
}

test('each target gets exactly its weight in a full turn', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }).filter((list) => list.some((weight) => weight > 0))
  fc.assert(
    fc.property(weights, (list) => {
      const targets = list.map((weight, index) => target(`t${index}`, weight))
      const sum = list.reduce((total, weight) => total + weight, 0)
      const counts = turn(new WeightedRing(targets, new Map()), sum)
      for (const { host, weight } of targets) expect(counts.get(host) ?? 0).toBe(weight)
    }),
  )
})

test('turns are spread, not in blocks', () => {
  const ring = new WeightedRing([target('a', 5), target('b', 1), target('c', 1)], new Map())
  expect(Array.from({ length: 7 }, () => ring.next(NONE)?.host).join('')).toBe('aabacaa')
})

test('a further attempt goes to a target that was not tried', () => {
  const [a, b] = [target('a', 100), target('b', 1)]
  const ring = new WeightedRing([a, b], new Map())
  expect(ring.next(new Set([a]))?.host).toBe('b')
  expect(ring.next(new Set([a, b]))).not.toBeNull()
})

test('without a target that may take traffic there is none', () => {
  expect(new WeightedRing([], new Map()).next(NONE)).toBeNull()
  expect(new WeightedRing([target('a', 0)], new Map()).next(NONE)).toBeNull()
})

test('the turn goes on where it was when a configuration replaces another', () => {
  const state = new Map<string, number>()
  const first = new WeightedRing([target('a', 1), target('b', 1)], state)
  expect(first.next(NONE)?.host).toBe('a')
  const second = new WeightedRing([target('a', 1), target('b', 1), target('c', 1)], state)
  expect(second.next(NONE)?.host).not.toBe('a')
})
