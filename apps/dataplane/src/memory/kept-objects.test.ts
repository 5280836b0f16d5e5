import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LeastRecentlyUsed } from './kept-objects.ts'

const KEY_BYTES = 200

test('what was not asked for longest goes first', () => {
  const kept = new LeastRecentlyUsed({ bytesMax: 3 * (100 + KEY_BYTES), objectBytesMax: 100 })
  const [a, b, c, d] = [{}, {}, {}, {}]
  kept.put('a', a, 100)
  kept.put('b', b, 100)
  kept.put('c', c, 100)
  expect(kept.get('a')).toBe(a)
  kept.put('d', d, 100)
  expect([kept.get('a'), kept.get('b'), kept.get('c'), kept.get('d')]).toEqual([a, null, c, d])
})

test('an object that is too large is not kept, and the former one of its key goes', () => {
  const kept = new LeastRecentlyUsed({ bytesMax: 1_000, objectBytesMax: 100 })
  expect(kept.put('a', {}, 100)).toBe(true)
  expect(kept.put('a', {}, 101)).toBe(false)
  expect(kept.get('a')).toBeNull()
  expect(kept.bytes).toBe(0)
})

test('what is held counts like what is kept, up to half of all', () => {
  const kept = new LeastRecentlyUsed({ bytesMax: 2_000, objectBytesMax: 1_000 })
  kept.put('a', {}, 800)
  kept.put('b', {}, 800)
  expect(kept.hold(900)).toBe(true)
  expect([kept.get('a'), kept.bytes]).toEqual([null, 900 + 800 + KEY_BYTES])
  expect(kept.hold(101)).toBe(false)
  expect(kept.put('c', {}, 1_000)).toBe(false)
  kept.release(900)
  expect(kept.put('c', {}, 1_000)).toBe(true)
})

test('nothing is kept where there is no room at all', () => {
  const kept = new LeastRecentlyUsed({ bytesMax: 0, objectBytesMax: 1_000 })
  expect(kept.objectBytesMax).toBe(0)
  expect(kept.put('a', {}, 0)).toBe(false)
})

test('whatever is done, the bytes are those of what is kept, and within the bound', () => {
  const step = fc.tuple(fc.constantFrom('put', 'get', 'remove'), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 700 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const kept = new LeastRecentlyUsed({ bytesMax: 5_000, objectBytesMax: 600 })
      const sizes = new Map<string, number>()
      for (const [action, key, bytes] of steps) {
        const name = String(key)
        if (action === 'put') {
          sizes.delete(name)
          if (kept.put(name, {}, bytes)) sizes.set(name, bytes + KEY_BYTES)
        } else if (action === 'remove') {
          kept.remove(name)
          sizes.delete(name)
        } else kept.get(name)
        const present = [...sizes].filter(([other]) => kept.get(other) !== null)
        expect(kept.bytes).toBe(present.reduce((sum, [, size]) => sum + size, 0))
        expect(kept.bytes).toBeLessThanOrEqual(5_000)
      }
    }),
  )
})
