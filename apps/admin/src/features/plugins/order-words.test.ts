import { PLUGIN_ORDER } from '@sluice/plugins/order'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { expect, test } from 'vitest'
import { placeOf, placeText } from './order-words.ts'

test('every kind of plugin has a place, and no two share one', () => {
  const places = Object.keys(PLUGIN_SCHEMAS).map((name) => placeOf(name)?.place)
  expect(new Set(places).size).toBe(Object.keys(PLUGIN_SCHEMAS).length)
  expect(places).not.toContain(undefined)
})

test('the list is in the order of execution: the highest priority first', () => {
  const priorities = PLUGIN_ORDER.map(({ priority }) => priority)
  expect(priorities).toEqual(priorities.toSorted((a, b) => b - a))
})

test.each([
  [0, '1st'],
  [1, '2nd'],
  [2, '3rd'],
  [3, '4th'],
])('number %i of the list runs %s', (index, ordinal) => {
  expect(placeText(PLUGIN_ORDER[index]?.name ?? '')).toBe(`runs ${ordinal} of ${PLUGIN_ORDER.length} kinds`)
})

test('a kind that this version does not have has no place', () => {
  expect(placeText('from-elsewhere')).toBeNull()
})
