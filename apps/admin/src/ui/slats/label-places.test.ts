import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelPlaces } from './label-places.ts'
import { gateFor, placeOf } from './weight-model.ts'

const weight = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10)
const wide = gateFor(1100)

test('the bubble stands over the wish and the words beside the live weight', () => {
  const places = labelPlaces({ live: 20, ghost: 50 }, wide)
  expect(places.bubble).toBe(placeOf(50, wide) - 29)
  expect((places.live ?? 0) + 72).toBeLessThanOrEqual(placeOf(20, wide))
})

test('lowering, the words go to the right of the live weight', () => {
  expect(labelPlaces({ live: 50, ghost: 20 }, wide).live).toBeGreaterThan(placeOf(50, wide))
})

test('both texts stay over the slats and never over each other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 1600 }), weight, weight, (available, live, ghost) => {
      const gate = gateFor(available)
      const places = labelPlaces({ live, ghost }, gate)
      expect(places.bubble).toBeGreaterThanOrEqual(0)
      expect(places.bubble + 58).toBeLessThanOrEqual(gate.width)
      if (places.live === null) return
      expect(places.live).toBeGreaterThanOrEqual(0)
      expect(places.live + 72).toBeLessThanOrEqual(gate.width)
      expect(places.live + 72 <= places.bubble || places.live >= places.bubble + 58).toBe(true)
    }),
  )
})
