import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spreadLabels } from './end-labels.ts'

const room = { label: 12, height: 140 }

test('names with room stay beside their lines', () => {
  expect(spreadLabels([20, 90, 130], room)).toEqual([20, 90, 130])
})

test('names of lines that end together stand under each other', () => {
  expect(spreadLabels([50, 50, 52], room)).toEqual([50, 62, 74])
})

test('at the lower edge they move up instead', () => {
  expect(spreadLabels([138, 139], room)).toEqual([128, 140])
})

test('while there is room for all, none covers another and the order stays', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 140 }), { maxLength: 8 }), (heights) => {
      const spread = spreadLabels(heights, room)
      const sorted = [...spread].sort((a, b) => a - b)
      for (const [index, height] of sorted.entries()) if (index > 0) expect(height - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(12)
      for (const [index, height] of heights.entries()) {
        for (const [other, otherHeight] of heights.entries()) if (height < otherHeight) expect(spread[index]).toBeLessThan(spread[other] ?? 0)
      }
    }),
  )
})
