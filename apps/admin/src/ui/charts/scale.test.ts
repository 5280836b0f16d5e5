import fc from 'fast-check'
import { expect, test } from 'vitest'
import { heightOf, scaleFor } from './scale.ts'

test.each([
  [0, 1, [0, 0.25, 0.5, 0.75, 1]],
  [7, 1, [0, 2, 4, 6, 8]],
  [38, 1, [0, 10, 20, 30, 40]],
  [41, 1, [0, 20, 40, 60]],
  [4812, 1, [0, 2000, 4000, 6000]],
  [0.21, 0.1, [0, 0.1, 0.2, 0.3]],
])('a scale for %s (at least %s) has the ticks %j', (max, least, ticks) => {
  expect(scaleFor(max, least)).toEqual({ top: ticks.at(-1), ticks })
})

test('every scale starts at zero, holds its values and has two to five ticks at equal distances', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (max) => {
      const { top, ticks } = scaleFor(max, 0.5)
      expect(ticks[0]).toBe(0)
      expect(top).toBeGreaterThanOrEqual(max * (1 - 1e-6))
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(5)
      const step = ticks[1] ?? 0
      for (const [index, tick] of ticks.entries()) expect(tick).toBeCloseTo(index * step, 6)
    }),
  )
})

test('most of the height is used', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (max) => {
      expect(scaleFor(max, 1).top).toBeLessThanOrEqual(max * 2)
    }),
  )
})

test('values outside the scale stay within the plot', () => {
  const scale = scaleFor(40, 1)
  expect([heightOf(0, scale), heightOf(20, scale), heightOf(40, scale), heightOf(90, scale), heightOf(-3, scale)]).toEqual([1, 0.5, 0, 0, 1])
})
