import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textIssues } from './text.ts'

test.each<[unknown, string[]]>([
  ['plain', []],
  ['a\u0000b', ['']],
  [{ a: ['x', '\ud800'] }, ['a[1]']],
  [{ a: { b: '\u0000' }, c: '\udfff' }, ['a.b', 'c']],
  [{ 'a\u0000': 1 }, ['']],
  [['\ud83d\ude00', 1, null, true, undefined], []],
])('%j has bad text at %j', (value, paths) => {
  expect(textIssues(value).map((issue) => issue.path)).toEqual(paths)
})

test('whatever has no issue comes back from UTF-8 as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      if (textIssues(text).length === 0) expect(new TextDecoder().decode(new TextEncoder().encode(text))).toBe(text)
    }),
  )
})
