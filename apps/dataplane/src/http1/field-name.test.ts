import { describe, expect, test } from 'vitest'
import { NameSet } from '../exchange/name-set.ts'
import { fieldNameOf, hashOfName, isName } from './field-name.ts'

describe('a name as it is looked for', () => {
  test.each([
    ['Content-Length', 'content-length'],
    ['content-length', 'content-length'],
    ['X', 'x'],
    ['', ''],
    ['a'.repeat(200), 'a'.repeat(200)],
  ])('%s', (name, lower) => {
    for (let turn = 0; turn < 2; turn++) expect(fieldNameOf(name)).toEqual({ lower, hash: hashOfName(lower), isLegal: name !== '' })
  })

  test('is not mistaken for one whose characters share the low bytes', () => {
    // U+FF48 and U+0048 (H) end in the same byte.
    const wide = '\uff48ost'
    expect(fieldNameOf(wide).lower).toBe(wide)
    expect(fieldNameOf('Host').lower).toBe('host')
  })

  test('more names than are kept', () => {
    for (let index = 0; index < 3_000; index++) expect(fieldNameOf(`X-Name-${index}`).lower).toBe(`x-name-${index}`)
  })
})

test('the hash is the same for every case of the letters', () => {
  expect(hashOfName('X-ForWarded-FOR')).toBe(hashOfName('x-forwarded-for'))
})

test.each([
  ['Via: x', 0, 3, 'via', true],
  ['Via: x', 0, 2, 'via', false],
  ['vib: x', 0, 3, 'via', false],
  // `[` and `{` differ in the bit that tells the case of letters.
  ['x[', 0, 2, 'x{', false],
])('%j from %d to %d is %s: %s', (text, start, end, lower, expected) => {
  expect(isName(text, start, end, lower)).toBe(expected)
})

describe('a set of names', () => {
  const names = ['connection', 'keep-alive', 'te', 'x-{']
  const set = new NameSet(names)
  test.each([
    ['Connection', true],
    ['TE', true],
    ['x-{', true],
    ['x-[', false],
    ['connectio', false],
    ['t', false],
    ['', false],
  ])('%s', (name, expected) => {
    expect(set.has(name)).toBe(expected)
    expect(set.hasAt(hashOfName(name), name, 0, name.length)).toBe(expected)
  })

  test('of names chosen to share a hash the text decides', () => {
    // 31 * 'b' + 'a' = 31 * 'a' + ('a' + 31), which is 0x80.
    const [one, other] = ['ba', 'a\u0080']
    const only = new NameSet([one as string])
    expect(only.has(one as string)).toBe(true)
    expect(only.hasAt(hashOfName(one as string), other as string, 0, 2)).toBe(false)
  })
})
