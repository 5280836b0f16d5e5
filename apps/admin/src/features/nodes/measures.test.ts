import { describe, expect, test } from 'vitest'
import { formatBytes, formatMilliseconds, formatNumber, formatPercent, formatSeen, UNKNOWN } from './measures.ts'

const MIB = 1024 * 1024

test('what a node did not say is a dash, in every column', () => {
  expect([formatBytes(null), formatPercent(null), formatMilliseconds(null), formatNumber(null)]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN])
})

describe('memory', () => {
  test.each([
    [0, '0 MiB'],
    [436 * MIB, '436 MiB'],
    [1023 * MIB, '1,023 MiB'],
    [1024 * MIB, '1.0 GiB'],
    [1500 * MIB, '1.5 GiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('a processor', () => {
  test.each([
    [0, '0 %'],
    [0.4, '< 1 %'],
    [70.6, '71 %'],
    [1_234, '1,234 %'],
  ])('%d is %s', (percent, text) => {
    expect(formatPercent(percent)).toBe(text)
  })
})

describe('a delay', () => {
  test.each([
    [0.04, '0.0 ms'],
    [0.7, '0.7 ms'],
    [9.96, '10.0 ms'],
    [12.4, '12 ms'],
    [1_200, '1,200 ms'],
  ])('%d is %s', (ms, text) => {
    expect(formatMilliseconds(ms)).toBe(text)
  })
})

test('requests and connections are whole numbers with separators', () => {
  expect(formatNumber(1_412.4)).toBe('1,412')
})

describe('when a node was last heard of', () => {
  const now = new Date('2026-03-13T14:00:00Z')
  test.each([
    [-20, 'now'],
    [0, 'now'],
    [5, 'now'],
    [6, '6 s ago'],
    [59, '59 s ago'],
    [60, '1 min ago'],
    [3_600, '1 h ago'],
    [86_400 * 3, '3 d ago'],
  ])('%d s before is "%s"', (seconds, text) => {
    expect(formatSeen(new Date(now.getTime() - seconds * 1000), now)).toBe(text)
  })
})
