import { expect, test } from 'vitest'
import { clampWeight, slatKind, spokenWeight, weightAfterKey } from './weight-model.ts'

const key = (name: string, held: { shiftKey?: boolean; altKey?: boolean } = {}) => ({ key: name, shiftKey: false, altKey: false, ...held })

test('a weight is a tenth within 0 to 100', () => {
  expect([clampWeight(0.1 + 0.2), clampWeight(-3), clampWeight(120), clampWeight(Number.NaN)]).toEqual([0.3, 0, 100, 0])
})

test('arrows step 0.1, Shift 1 and Alt 10, and stop at the ends', () => {
  expect(weightAfterKey(5, key('ArrowRight'))).toBe(5.1)
  expect(weightAfterKey(5, key('ArrowLeft', { shiftKey: true }))).toBe(4)
  expect(weightAfterKey(95, key('ArrowUp', { altKey: true }))).toBe(100)
  expect(weightAfterKey(5, key('Home'))).toBe(0)
  expect(weightAfterKey(5, key('End'))).toBe(100)
  expect(weightAfterKey(5, key('a'))).toBeNull()
})

test('a thousand steps do not drift', () => {
  let weight = 0
  for (let count = 0; count < 1000; count += 1) weight = weightAfterKey(weight, key('ArrowRight')) ?? weight
  expect(weight).toBe(100)
})

test('the slats between live and ghost say which way the share moves', () => {
  expect([4, 5, 9, 10].map((index) => slatKind(index, 5, 10))).toEqual(['live', 'raise', 'raise', 'stable'])
  expect([4, 5].map((index) => slatKind(index, 10, 5))).toEqual(['live', 'lower'])
})

test('the spoken value names the wish and what is live', () => {
  expect(spokenWeight(10, 5)).toBe('10.0 per cent, live is 5.0 per cent')
})
