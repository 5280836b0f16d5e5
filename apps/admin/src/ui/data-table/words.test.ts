import { expect, test } from 'vitest'
import { conditionsOf, countText, noResultText } from './words.ts'

const ROUTE = { one: 'route', many: 'routes' }

test.each([
  [0, null, '0 routes'],
  [1, null, '1 route'],
  [1284, 6.4, '1,284 routes · 6 ms'],
  [2, 0.2, '2 routes · 1 ms'],
  [2, 1057, '2 routes · 1,057 ms'],
])('%d rows after %s ms read %j', (total, took, text) => {
  expect(countText(total, ROUTE, took)).toBe(text)
})

test('conditions are said as they are written in the field; the text comes last', () => {
  const state = { q: ' pay ', sort: null, filters: { tag: 'core', service: 'id-1' } }
  const show = (name: string, value: string) => (name === 'service' ? 'payments' : value)
  expect(conditionsOf(state, show)).toEqual([
    { name: 'tag', text: 'tag: core' },
    { name: 'service', text: 'service: payments' },
    { name: null, text: '“pay”' },
  ])
})

test('a blank text is no condition', () => {
  expect(conditionsOf({ q: ' ', sort: null, filters: {} }, (_, value) => value)).toEqual([])
})

test.each([
  [['tag: core'], 'No route has tag: core.'],
  [['tag: core', '“pay”'], 'No route has all of tag: core and “pay”.'],
  [['a', 'b', 'c'], 'No route has all of a, b and c.'],
])('nothing found by %j says which conditions', (texts, sentence) => {
  expect(
    noResultText(
      ROUTE,
      texts.map((text) => ({ text })),
    ),
  ).toBe(sentence)
})
