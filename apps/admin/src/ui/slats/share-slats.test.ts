import { expect, test } from 'vitest'
import { filledSlats } from './share-slats.ts'

test.each([
  [0, 0],
  [0.1, 1],
  [12.5, 3],
  [50, 10],
  [99.9, 20],
  [100, 20],
  [140, 20],
  [-3, 0],
  [Number.NaN, 0],
])('a share of %d %% fills %d of 20 slats', (share, filled) => {
  expect(filledSlats(share, 20)).toBe(filled)
})

test('a higher share never fills fewer slats', () => {
  const filled = Array.from({ length: 1001 }, (_, tenths) => filledSlats(tenths / 10, 20))
  expect(filled.every((count, index) => index === 0 || count >= (filled[index - 1] ?? 0))).toBe(true)
})
