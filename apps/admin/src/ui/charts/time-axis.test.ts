import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatClock, timeTicks } from './time-axis.ts'

const NOON = new Date(2026, 2, 4, 12, 0, 0).getTime() / 1000

test('five minutes have a label at each whole minute', () => {
  const ticks = timeTicks({ from: NOON + 20, to: NOON + 320 })
  expect(ticks.map((tick) => tick.label)).toEqual(['12:01', '12:02', '12:03', '12:04', '12:05'])
  expect(ticks[0]?.share).toBeCloseTo(40 / 300)
})

test('one minute has labels with seconds, and none that would hang over an edge', () => {
  expect(timeTicks({ from: NOON, to: NOON + 60 }).map((tick) => tick.label)).toEqual(['12:00:15', '12:00:30', '12:00:45'])
})

test('an empty span has no labels', () => {
  expect(timeTicks({ from: NOON, to: NOON })).toEqual([])
})

test('there are never more than five labels, and they go from left to right', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 3600 }), (from, length) => {
      const shares = timeTicks({ from, to: from + length }).map((tick) => tick.share)
      expect(shares.length).toBeLessThanOrEqual(6)
      expect(shares).toEqual([...shares].sort((a, b) => a - b))
    }),
  )
})

test('a clock time has two digits each', () => {
  expect(formatClock(NOON + 65, 'with seconds')).toBe('12:01:05')
  expect(formatClock(NOON + 65, 'without seconds')).toBe('12:01')
})
