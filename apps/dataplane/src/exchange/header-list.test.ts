import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeaderList } from './header-list.ts'
import { NameSet } from './name-set.ts'
import { fieldsFixture, parsedFields } from './testing/fields.ts'

const FIELDS = ['Accept', '*/*', 'X-One', '1', 'x-one', '2', 'Via', 'a']

describe.each([
  ['of a parsed head', () => fieldsFixture(FIELDS)],
  ['that were added', () => new HeaderList(null, [...FIELDS])],
])('header fields %s', (_, list) => {
  test('are found without regard to case, first value first', () => {
    expect(list().get('x-ONE')).toBe('1')
    expect(list().getAll('x-one')).toEqual(['1', '2'])
    expect(list().has('ACCEPT')).toBe(true)
    expect(list().get('nothing')).toBeNull()
  })

  test('set leaves one line in the place of the first', () => {
    const headers = list()
    headers.set('X-One', '3')
    expect([...headers.entries()]).toEqual([
      ['Accept', '*/*'],
      ['X-One', '3'],
      ['Via', 'a'],
    ])
    expect(headers.lines(null)).toBe('Accept: */*\r\nX-One: 3\r\nVia: a\r\n')
  })

  test('set again, and set after a removal, give what was set last', () => {
    const headers = list()
    headers.set('Via', 'b')
    headers.set('via', 'c')
    expect(headers.getAll('via')).toEqual(['c'])
    headers.remove('via')
    headers.set('Via', 'd')
    expect(headers.lines(null)).toBe('Accept: */*\r\nX-One: 1\r\nx-one: 2\r\nVia: d\r\n')
  })

  test('set of a new name and add go to the end', () => {
    const headers = list()
    headers.set('New', 'a')
    headers.add('New', 'b')
    expect(headers.lines(null)).toMatch(/\r\nNew: a\r\nNew: b\r\n$/)
  })

  test('remove takes every line of the name', () => {
    const headers = list()
    headers.remove('X-ONE')
    expect(headers.getAll('x-one')).toEqual([])
    expect([...headers.entries()].length).toBe(2)
    expect(headers.lines(null)).toBe('Accept: */*\r\nVia: a\r\n')
  })

  test('names of a set are removed, or left out in writing, in one go', () => {
    const headers = list()
    const names = new NameSet(['ACCEPT', 'via'])
    expect(headers.lines(names)).toBe('X-One: 1\r\nx-one: 2\r\n')
    headers.removeAll(names)
    expect(headers.lines(null)).toBe('X-One: 1\r\nx-one: 2\r\n')
    expect(headers.isEmpty).toBe(false)
  })

  test.each([
    ['a value with a line break', 'X', 'a\r\nInjected: 1'],
    ['a value with NUL', 'X', 'a\0b'],
    ['a value with a control byte', 'X', 'a\x1bb'],
    ['a value that is not of bytes', 'X', 'a\u2028'],
    ['a name with a space', 'X Y', 'a'],
    ['an empty name', '', 'a'],
  ])('%s is refused', (__, name, value) => {
    expect(() => list().set(name, value)).toThrow('not a legal header field')
    expect(() => list().add(name, value)).toThrow('not a legal header field')
  })
})

test('blanks around a value become one before it', () => {
  expect(parsedFields('A:  b \t\r\nC:d\r\nE: f\r\n').lines(null)).toBe('A: b\r\nC: d\r\nE: f\r\n')
})

test('an empty list has no lines', () => {
  expect(new HeaderList().lines(null)).toBe('')
  expect(new HeaderList().isEmpty).toBe(true)
})

test('whatever is done to it, it is what a plain list of pairs would be', () => {
  const name = fc.constantFrom('A', 'a', 'B', 'Cc', 'cC', 'Set-Cookie')
  const value = fc.stringMatching(/^[a-z0-9]{1,5}$/)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), name, value }),
    fc.record({ kind: fc.constant('add' as const), name, value }),
    fc.record({ kind: fc.constant('remove' as const), name, value }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.array(step), (start, steps) => {
      const headers = fieldsFixture(start.flat())
      let plain: [string, string][] = [...start]
      const is = (wanted: string) => (pair: [string, string]) => pair[0].toLowerCase() === wanted.toLowerCase()
      for (const { kind, name: wanted, value: given } of steps) {
        headers[kind](wanted, given)
        const first = plain.findIndex(is(wanted))
        if (kind === 'add' || (kind === 'set' && first < 0)) plain.push([wanted, given])
        else if (kind === 'remove') plain = plain.filter((pair) => !is(wanted)(pair))
        else plain = plain.flatMap((pair, index): [string, string][] => (index === first ? [[pair[0], given]] : is(wanted)(pair) ? [] : [pair]))
      }
      expect([...headers.entries()]).toEqual(plain)
      expect(headers.lines(null)).toBe(plain.map(([left, right]) => `${left}: ${right}\r\n`).join(''))
      for (const wanted of ['a', 'B', 'cc', 'set-cookie']) expect(headers.getAll(wanted)).toEqual(plain.filter(is(wanted)).map(([, right]) => right))
    }),
  )
})
