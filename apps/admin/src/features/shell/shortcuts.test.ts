import { expect, test } from 'vitest'
import { SECTIONS } from './sections.ts'
import { GO_TO, KeySequence } from './shortcuts.ts'

const presses = (...keys: [string, number][]) => {
  const sequence = new KeySequence()
  return keys.map(([key, atMs]) => sequence.press(key, atMs))
}

test('every section of the sidebar has a letter of its own', () => {
  expect(GO_TO.map(({ href }) => href)).toEqual(SECTIONS.map(({ href }) => href))
  expect(new Set(GO_TO.map(({ letter }) => letter)).size).toBe(SECTIONS.length)
})

test.each(GO_TO)('g and $letter go to $label', ({ letter, href }) => {
  expect(presses(['g', 0], [letter, 300])).toEqual([null, { kind: 'go', href }])
})

test('a letter alone does nothing', () => {
  expect(presses(['s', 0], ['n', 10])).toEqual([null, null])
})

test('a letter that comes too late does nothing', () => {
  expect(presses(['g', 0], ['s', 1_501])).toEqual([null, null])
  expect(presses(['g', 0], ['s', 1_500])[1]).toEqual({ kind: 'go', href: '/services' })
})

test('another key in between ends the sequence', () => {
  expect(presses(['g', 0], ['x', 10], ['s', 20])).toEqual([null, null, null])
})

test('g twice is still the beginning of one', () => {
  expect(presses(['g', 0], ['g', 1_000], ['n', 2_000])[2]).toEqual({ kind: 'go', href: '/nodes' })
})

test('after going somewhere the next letter is alone again', () => {
  expect(presses(['g', 0], ['s', 10], ['n', 20])[2]).toBeNull()
})

test('a question mark asks for the sheet, also after g', () => {
  expect(presses(['?', 0])).toEqual([{ kind: 'sheet' }])
  expect(presses(['g', 0], ['?', 10])[1]).toEqual({ kind: 'sheet' })
})
