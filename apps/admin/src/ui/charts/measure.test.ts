import { expect, test } from 'vitest'
import { formatDifference, formatMs, formatPercent, formatRate, formatTick } from './measure.ts'

test.each([
  [0, '0'],
  [0.24, '0.2'],
  [9.96, '10'],
  [38.4, '38'],
  [4812.2, '4,812'],
])('a rate of %s reads %s', (rate, text) => {
  expect(formatRate(rate)).toBe(text)
})

test('a difference has its sign', () => {
  expect([formatDifference(38), formatDifference(-3.4), formatDifference(0)]).toEqual(['+38', '−3.4', '+0'])
})

test.each([
  [0, '0 %'],
  [0.004, '< 0.01 %'],
  [0.214, '0.21 %'],
  [9.999, '10.00 %'],
  [25, '25 %'],
  [33.333, '33.3 %'],
])('a share of %s reads %s', (share, text) => {
  expect(formatPercent(share)).toBe(text)
})

test.each([
  [0.84, '0.8 ms'],
  [341.4, '341 ms'],
  [1200, '1.2 s'],
  [10_000, '10 s'],
])('%s milliseconds read %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})

test.each([
  [0, '0'],
  [0.3, '0.3'],
  [250, '250'],
  [2000, '2k'],
  [1500, '1.5k'],
  [2_500_000, '2.5M'],
])('the axis says %s as %s', (value, text) => {
  expect(formatTick(value)).toBe(text)
})
