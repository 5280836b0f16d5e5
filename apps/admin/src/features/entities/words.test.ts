import { ENTITY_TYPES } from '@sluice/shared/entities/registry'
import { expect, test } from 'vitest'
import { hrefOf, listDependents, nounOf } from './words.ts'

test('every type has words for one and for several, without underscores', () => {
  for (const type of ENTITY_TYPES) {
    const noun = nounOf(type)
    expect(`${noun.one} ${noun.many}`).not.toContain('_')
    expect(noun.one).not.toBe(noun.many)
  }
})

test('a key is called a key, not a credential of its plugin', () => {
  expect(nounOf('keyauth_credential')).toEqual({ one: 'key', many: 'keys' })
  expect(nounOf('consumer_group')).toEqual({ one: 'consumer group', many: 'consumer groups' })
})

test('only types with a page of their own have an address', () => {
  expect(hrefOf('service', 'a')).toBe('/services/a')
  expect(hrefOf('plugin', 'b')).toBe('/plugins/b')
  expect(hrefOf('target', 'c')).toBeNull()
  expect(hrefOf('toString', 'd')).toBeNull()
})

test.each([
  [[], ''],
  [[{ type: 'route', label: 'orders' }], 'route orders'],
  [
    [
      { type: 'route', label: 'orders' },
      { type: 'target', label: 'a:80' },
      { type: 'target', label: 'b:80' },
    ],
    'route orders and 2 targets',
  ],
  [
    [
      { type: 'plugin', label: 'cors' },
      { type: 'consumer_group', label: null },
      { type: 'route', label: 'r' },
    ],
    'plugin cors, consumer group and route r',
  ],
])('dependents are counted by type', (items, text) => {
  expect(listDependents(items)).toBe(text)
})
