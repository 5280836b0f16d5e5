import { expect, test } from 'vitest'
import { newerBase } from './base.ts'

const at = (revision: number, id = 'a') => ({ id, revision })

test('an untouched form follows what others save', () => {
  expect(newerBase(at(3), at(4), false)).toEqual(at(4))
  expect(newerBase(null, at(4), false)).toEqual(at(4))
})

test('an edit keeps the revision that it began with, so that a save over a newer one is refused', () => {
  expect(newerBase(at(3), at(4), true)).toEqual(at(3))
})

test('an answer from before the save does not bring the old version back', () => {
  const saved = at(5)
  expect(newerBase(saved, at(4), false)).toBe(saved)
})

test('another entity is another beginning', () => {
  expect(newerBase(at(9, 'a'), at(2, 'b'), true)).toEqual(at(2, 'b'))
  expect(newerBase(at(9), null, true)).toBeNull()
})
