import { expect, test } from 'vitest'
import { activeAfterKey } from './active-option.ts'

test.each([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 0, 1],
  ['ArrowDown', 2, 0],
  ['ArrowUp', -1, 2],
  ['ArrowUp', 0, 2],
  ['ArrowUp', 2, 1],
  ['PageDown', 0, 2],
  ['PageUp', 2, 0],
])('%s moves from option %d to %d of three', (key, active, next) => {
  expect(activeAfterKey(key, active, 3)).toBe(next)
})

test('other keys write, and without options nothing moves', () => {
  expect(activeAfterKey('a', 0, 3)).toBeNull()
  expect(activeAfterKey('Home', 1, 3)).toBeNull()
  expect(activeAfterKey('ArrowDown', -1, 0)).toBeNull()
})
