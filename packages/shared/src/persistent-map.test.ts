import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PersistentMap } from './persistent-map.ts'

const KEYS = ['', 'a', 'ab', 'abc', 'abcd', 'b', 'é', '00', '01']
const changes = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(fc.nat(3), { nil: undefined })), { maxLength: 5 })

test('every version reads as it was made, whichever version the next is made from', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), changes), { maxLength: 12 }), fc.boolean(), (steps, isLarge) => {
      const plain = new Map<string, number>(isLarge ? Array.from({ length: 1_500 }, (_, index) => [`key-${index}`, index]) : [])
      const versions = [{ plain, map: PersistentMap.empty<number>().with(plain) }]
      for (const [at, change] of steps) {
        const from = versions[at % versions.length] as (typeof versions)[0]
        const after = new Map(from.plain)
        for (const [key, value] of change) {
          if (value === undefined) after.delete(key)
          else after.set(key, value)
        }
        versions.push({ plain: after, map: from.map.with(change) })
      }
      for (const { plain: expected, map } of versions) {
        expect(map.size).toBe(expected.size)
        for (const key of [...KEYS, 'key-7', 'none']) expect(map.get(key)).toBe(expected.get(key))
      }
      for (const { plain: expected, map } of versions) expect([...map.values()].sort()).toEqual([...expected.values()].sort())
    }),
    { numRuns: 300 },
  )
})

test('a map that grows over its first table keeps everything, and the versions before it too', () => {
  const entries = Array.from({ length: 5_000 }, (_, index) => [`id-${index}`, index] as const)
  let map = PersistentMap.empty<number>()
  const first = map
  for (const entry of entries) map = map.with([entry])
  expect(map.size).toBe(5_000)
  for (const [key, value] of entries) expect(map.get(key)).toBe(value)
  expect(first.get('id-7')).toBeUndefined()
  expect(first.size).toBe(0)
})
