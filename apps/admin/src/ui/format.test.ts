import { expect, test } from 'vitest'
import { formatAge, formatCount, initials } from './format.ts'

const NOW = new Date('2026-03-13T14:00:00Z')
const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)

test.each([
  [0, 'just now'],
  [59, 'just now'],
  [60, '1 min ago'],
  [3_599, '59 min ago'],
  [3_600, '1 h ago'],
  [86_400, '1 d ago'],
  [-30, 'just now'],
])('%i seconds ago reads "%s"', (seconds, text) => {
  expect(formatAge(before(seconds), NOW)).toBe(text)
})

test('thousands are separated', () => {
  expect(formatCount(1284)).toBe('1,284')
})

test.each([
  ['Mara Lindqvist', 'ML'],
  ['mara', 'M'],
  ['  Mara von der Linde ', 'ML'],
  ['', '?'],
])('%j is shortened to %s', (name, letters) => {
  expect(initials(name)).toBe(letters)
})
