import { expect, test } from 'vitest'
import { areaPath, linePath, maxOf, nearestPoint, type Point } from './path.ts'
import { scaleFor } from './scale.ts'

const span = { from: 0, to: 10 }
const scale = scaleFor(100, 1)
const points = (...values: (number | null)[]): Point[] => values.map((value, at) => ({ at, value }))

test('a line goes through its points, the left edge first', () => {
  expect(linePath(points(0, 50, 100), span, scale)).toBe('M0 100L100 50L200 0')
})

test('a gap is a hole in the line and not a drop to zero', () => {
  expect(linePath(points(50, 50, null, 50, 50), span, scale)).toBe('M0 50L100 50M300 50L400 50')
  expect(linePath(points(null, null), span, scale)).toBe('')
})

test('a value between two gaps is a dot', () => {
  expect(linePath(points(null, 50, null), span, scale)).toBe('M100 50h0.01')
})

test('an area closes at zero for every stretch of its own', () => {
  expect(areaPath(points(50, 100, null, 0, 50), span, scale)).toBe('M0 50L100 0L100 100L0 100ZM300 100L400 50L400 100L300 100Z')
  expect(areaPath(points(null, 50, null), span, scale)).toBe('')
})

test('an empty span does not divide by zero', () => {
  expect(linePath(points(50), { from: 0, to: 0 }, scale)).toBe('M0 50h0.01')
})

test('the largest value leaves gaps out', () => {
  expect(maxOf(points(1, null, 7), points(3))).toBe(7)
  expect(maxOf(points(null))).toBe(0)
  expect(maxOf()).toBe(0)
})

test('the nearest point may be a gap: then there is nothing to read', () => {
  expect(nearestPoint(points(1, null, 3), 1.2)).toEqual({ at: 1, value: null })
  expect(nearestPoint([], 1)).toBeNull()
})
