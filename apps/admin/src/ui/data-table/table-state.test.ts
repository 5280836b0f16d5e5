import { expect, test } from 'vitest'
import { isNarrowed, nextSort, readTableState, readTyped, type TableState, TEXT_LENGTH_MAX, withFilter, withoutFilter, writeTableState } from './table-state.ts'

const NAMES = { filters: ['tag', 'service'], sorts: ['name', 'updated_at'] }
const read = (query: string) => readTableState(new URLSearchParams(query), NAMES)

test('an address without a word is the list as it comes', () => {
  expect(read('')).toEqual({ q: '', sort: null, filters: {} })
})

test('text, sorting and filters are read from the address', () => {
  expect(read('?q=orders&sort=-updated_at&tag=core&service=6f1f4a2e')).toEqual({
    q: 'orders',
    sort: { field: 'updated_at', order: 'desc' },
    filters: { tag: 'core', service: '6f1f4a2e' },
  })
})

test('what a list does not know counts as not said', () => {
  expect(read('?sort=secret&colour=red&tag=')).toEqual({ q: '', sort: null, filters: {} })
  expect(read('?sort=-')).toEqual({ q: '', sort: null, filters: {} })
})

test('a text longer than the API takes is cut, so that a mistyped address is no error', () => {
  const long = 'x'.repeat(TEXT_LENGTH_MAX + 10)
  expect(read(`?q=${long}&tag=${long}`).q).toHaveLength(TEXT_LENGTH_MAX)
  expect(read(`?tag=${long}`).filters.tag).toHaveLength(TEXT_LENGTH_MAX)
})

test.each<[string, TableState]>([
  ['nothing', { q: '', sort: null, filters: {} }],
  ['a text with signs of an address', { q: 'a&b=c #?%', sort: null, filters: {} }],
  ['a descending sort', { q: '', sort: { field: 'name', order: 'desc' }, filters: {} }],
  ['all of it', { q: 'x y', sort: { field: 'updated_at', order: 'asc' }, filters: { tag: 'päivä', service: 'a b' } }],
])('%s is read as it was written', (_, state) => {
  expect(read(writeTableState('', state, NAMES))).toEqual(state)
})

test('parameters of the page stay, and those of the list are replaced', () => {
  expect(writeTableState('?tab=routes&q=old&tag=old&sort=name', { q: '', sort: null, filters: { tag: 'new' } }, NAMES)).toBe('?tab=routes&tag=new')
})

test('an empty state leaves nothing in the address', () => {
  expect(writeTableState('?q=old', { q: '', sort: null, filters: {} }, NAMES)).toBe('')
})

test('a head goes up, down and back to the order of the server', () => {
  const up = nextSort(null, 'name')
  const down = nextSort(up, 'name')
  expect(up).toEqual({ field: 'name', order: 'asc' })
  expect(down).toEqual({ field: 'name', order: 'desc' })
  expect(nextSort(down, 'name')).toBeNull()
})

test('another head starts upwards', () => {
  expect(nextSort({ field: 'name', order: 'desc' }, 'updated_at')).toEqual({ field: 'updated_at', order: 'asc' })
})

test('filters are added and taken away without touching the rest', () => {
  const state: TableState = { q: 'x', sort: null, filters: { tag: 'core' } }
  const both = withFilter(state, 'service', 's1')
  expect(both).toEqual({ q: 'x', sort: null, filters: { tag: 'core', service: 's1' } })
  expect(withoutFilter(both, 'tag')).toEqual({ q: 'x', sort: null, filters: { service: 's1' } })
  expect(withoutFilter(state, 'service')).toEqual(state)
  expect(state.filters).toEqual({ tag: 'core' })
})

test('sorting alone narrows nothing; a blank text neither', () => {
  expect(isNarrowed({ q: '  ', sort: { field: 'name', order: 'asc' }, filters: {} })).toBe(false)
  expect(isNarrowed({ q: 'x', sort: null, filters: {} })).toBe(true)
  expect(isNarrowed({ q: '', sort: null, filters: { tag: 'x' } })).toBe(true)
})

test.each([
  ['tag:core charge', false, [{ name: 'tag', value: 'core' }], 'charge'],
  ['charge tag:core ', false, [{ name: 'tag', value: 'core' }], 'charge '],
  [
    'a tag:core b service:orders c',
    false,
    [
      { name: 'tag', value: 'core' },
      { name: 'service', value: 'orders' },
    ],
    'a b c',
  ],
  ['tag:"two words" x', false, [{ name: 'tag', value: 'two words' }], 'x'],
  ['tag:core', true, [{ name: 'tag', value: 'core' }], ''],
])('finished filters are taken out of %j', (text, isDone, found, rest) => {
  expect(readTyped(text, NAMES.filters, isDone)).toEqual({ found, rest })
})

test.each([
  ['a filter that is still being typed', 'tag:cor', false],
  ['a name without a value', 'tag:', true],
  ['a name that is no filter', 'colour:red ', true],
  ['an address', 'http://orders ', true],
  ['plain words', 'orders  list', true],
])('%s stays text', (_, text, isDone) => {
  expect(readTyped(text, NAMES.filters, isDone)).toEqual({ found: [], rest: text })
})
