import { expect, test } from 'vitest'
import { compareVersions } from './conflict.ts'

const BEFORE = { id: 'a', name: 'orders', port: 80, tags: ['x'], path: null, revision: 3, updated_by: 'ada', updated_at: 't1' }

test('an edit of mine, one of theirs, and one of both are told apart', () => {
  const theirs = { ...BEFORE, port: 8080, tags: ['x', 'y'], revision: 4, updated_by: 'bea', updated_at: 't2' }
  expect(compareVersions({ before: BEFORE, mine: { port: 9090, path: '/v2' }, theirs })).toEqual([
    { field: 'port', before: 80, mine: 9090, theirs: 8080, clashes: true },
    { field: 'tags', before: ['x'], mine: ['x'], theirs: ['x', 'y'], clashes: false },
    { field: 'path', before: null, mine: '/v2', theirs: null, clashes: false },
  ])
})

test('who saved and when is no difference of the configuration', () => {
  expect(compareVersions({ before: BEFORE, mine: {}, theirs: { ...BEFORE, revision: 9, updated_by: 'bea', updated_at: 't9' } })).toEqual([])
})

test('the same change by both is shown, but it does not clash', () => {
  expect(compareVersions({ before: BEFORE, mine: { port: 81 }, theirs: { ...BEFORE, port: 81 } })).toEqual([{ field: 'port', before: 80, mine: 81, theirs: 81, clashes: false }])
})

test('a field that only the new version has is a difference', () => {
  expect(compareVersions({ before: BEFORE, mine: {}, theirs: { ...BEFORE, retries: 5 } })).toEqual([
    { field: 'retries', before: undefined, mine: undefined, theirs: 5, clashes: false },
  ])
})

test('objects are compared by what they say, not by the order of their keys', () => {
  const before = { config: { a: 1, b: 2 } }
  expect(compareVersions({ before, mine: { config: { b: 2, a: 1 } }, theirs: { config: { b: 2, a: 1 } } })).toEqual([])
})
