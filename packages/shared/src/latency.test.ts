import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addHistograms, percentile, trimHistogram } from './latency.ts'
import { LATENCY_EDGES_MS } from './protocol.ts'

const histogram = fc.array(fc.nat(50), { maxLength: LATENCY_EDGES_MS.length + 1 })
const share = fc.double({ min: 0.01, max: 1, noNaN: true })

test('a percentile is taken evenly within its bucket', () => {
  // Ten requests between 5 and 7 ms: the middle one is at 6.
  expect(percentile([0, 0, 0, 0, 10], 0.5)).toBe(6)
  expect(percentile([10], 0.99)).toBe(1)
  expect(percentile([90, 0, 0, 0, 0, 10], 0.95)).toBe(8.5)
})

test('without requests there is no percentile', () => {
  expect(percentile([], 0.5)).toBeNull()
  expect(percentile([0, 0, 0], 0.99)).toBeNull()
})

test('what is slower than the last edge counts as the last edge', () => {
  const open = [...new Array<number>(LATENCY_EDGES_MS.length).fill(0), 3]
  expect(percentile(open, 0.5)).toBe(10_000)
})

test('a higher share never has a lower value', () => {
  fc.assert(
    fc.property(histogram, share, share, (counts, a, b) => {
      const [low, high] = [percentile(counts, Math.min(a, b)), percentile(counts, Math.max(a, b))]
      expect(low ?? 0).toBeLessThanOrEqual(high ?? 0)
    }),
  )
})

test('the empty end of a histogram says nothing', () => {
  fc.assert(
    fc.property(histogram, share, (counts, part) => {
      expect(percentile(trimHistogram(counts), part)).toBe(percentile(counts, part))
    }),
  )
  expect(trimHistogram([0, 2, 0, 0])).toEqual([0, 2])
  expect(trimHistogram([0, 0])).toEqual([])
})

test('histograms of different lengths add up bucket by bucket, in any order', () => {
  expect(addHistograms([1, 2], [3])).toEqual([4, 2])
  fc.assert(
    fc.property(histogram, histogram, (left, right) => {
      expect(addHistograms(left, right)).toEqual(addHistograms(right, left))
    }),
  )
})
