import { describe, expect, test } from 'vitest'
import { HeaderList } from './header-list.ts'

const list = () => new HeaderList(['Host', 'a.test', 'X-One', '1', 'x-one', '2', 'Accept', '*/*'])

describe('header fields', () => {
  test('are found without regard to case, first value first', () => {
    expect(list().get('x-ONE')).toBe('1')
    expect(list().getAll('x-one')).toEqual(['1', '2'])
    expect(list().has('accept')).toBe(true)
    expect(list().get('nothing')).toBeNull()
  })

  test('set leaves one line in the place of the first', () => {
    const headers = list()
    headers.set('X-One', '3')
    expect([...headers.entries()]).toEqual([
      ['Host', 'a.test'],
      ['X-One', '3'],
      ['Accept', '*/*'],
    ])
  })

  test('set of a new name and add go to the end', () => {
    const headers = list()
    headers.set('New', 'a')
    headers.add('New', 'b')
    expect(headers.raw().slice(-4)).toEqual(['New', 'a', 'New', 'b'])
  })

  test('remove takes every line of the name', () => {
    const headers = list()
    headers.remove('X-ONE')
    expect(headers.getAll('x-one')).toEqual([])
    expect([...headers.entries()].length).toBe(2)
  })

  test.each([
    ['a value with a line break', 'X', 'a\r\nInjected: 1'],
    ['a value with NUL', 'X', 'a\0b'],
    ['a name with a space', 'X Y', 'a'],
    ['an empty name', '', 'a'],
  ])('%s is refused', (_, name, value) => {
    expect(() => list().set(name, value)).toThrow('not a legal header field')
    expect(() => list().add(name, value)).toThrow('not a legal header field')
  })
})
