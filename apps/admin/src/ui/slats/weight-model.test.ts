import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clampWeight, gateFor, percentageAt, placeOf, readWeight, spokenWeight, weightAfterDrag, weightAfterKey } from './weight-model.ts'

const key = (name: string, held: { shiftKey?: boolean; altKey?: boolean } = {}) => ({ key: name, shiftKey: false, altKey: false, ...held })
const weight = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10)
const width = fc.integer({ min: 0, max: 2400 })

test('a weight is a tenth within 0 to 100', () => {
  expect([clampWeight(0.1 + 0.2), clampWeight(-3), clampWeight(120), clampWeight(Number.NaN)]).toEqual([0.3, 0, 100, 0])
})

test.each([
  ['10', 10],
  ['10.0', 10],
  [' 12,5 % ', 12.5],
  ['0.04', 0],
  ['7.', 7],
  ['100', 100],
  ['101', null],
  ['-1', null],
  ['1e1', null],
  ['', null],
  ['ten', null],
])('typed "%s" is %s', (text, expected) => {
  expect(readWeight(text)).toBe(expected)
})

test('arrows step 0.1, Shift 1 and Alt 10, pages 10, and all stop at the ends', () => {
  expect(weightAfterKey(5, key('ArrowRight'))).toBe(5.1)
  expect(weightAfterKey(5, key('ArrowLeft', { shiftKey: true }))).toBe(4)
  expect(weightAfterKey(95, key('ArrowUp', { altKey: true }))).toBe(100)
  expect(weightAfterKey(5, key('PageUp'))).toBe(15)
  expect(weightAfterKey(5, key('PageDown'))).toBe(0)
  expect(weightAfterKey(5, key('Home'))).toBe(0)
  expect(weightAfterKey(5, key('End'))).toBe(100)
  expect(weightAfterKey(5, key('a'))).toBeNull()
})

test('a thousand steps do not drift', () => {
  let at = 0
  for (let count = 0; count < 1000; count += 1) at = weightAfterKey(at, key('ArrowRight')) ?? at
  expect(at).toBe(100)
})

test('a key and its opposite lead back, away from the ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 900 }), fc.boolean(), fc.boolean(), (tenths, shiftKey, altKey) => {
      const start = tenths / 10
      const there = weightAfterKey(start, key('ArrowUp', { shiftKey, altKey })) ?? Number.NaN
      expect(weightAfterKey(there, key('ArrowDown', { shiftKey, altKey }))).toBe(start)
    }),
  )
})

test('slats are equally wide, never wider than their place, and fill it but for a hundredth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 2400 }), (available) => {
      const gate = gateFor(available)
      expect(Number.isInteger(gate.pitch) && gate.slat > 0 && gate.slat < gate.pitch).toBe(true)
      expect(gate.width).toBeLessThanOrEqual(available)
      expect(gate.width).toBeGreaterThan(available - 100)
    }),
  )
})

test('the gap after the last slat needs no room', () => {
  expect(gateFor(1096)).toEqual({ pitch: 11, slat: 7, width: 1096 })
  expect(gateFor(1095).pitch).toBe(10)
})

test('a larger weight never stands further left', () => {
  fc.assert(
    fc.property(width, weight, weight, (available, a, b) => {
      const gate = gateFor(available)
      expect(placeOf(Math.min(a, b), gate)).toBeLessThanOrEqual(placeOf(Math.max(a, b), gate))
    }),
  )
})

test('both ends of the gate are the ends of the scale', () => {
  fc.assert(
    fc.property(width, (available) => {
      const gate = gateFor(available)
      expect([placeOf(0, gate), placeOf(100, gate)]).toEqual([0, gate.width])
      expect([percentageAt(-40, gate), percentageAt(gate.width + 40, gate)]).toEqual([0, 100])
    }),
  )
})

test('what stands at a place is found at that place', () => {
  fc.assert(
    fc.property(width, weight, (available, at) => {
      const gate = gateFor(available)
      expect(clampWeight(percentageAt(placeOf(at, gate), gate))).toBeCloseTo(at, 5)
    }),
  )
})

test('a drag to the right never lowers the weight, and coarse or fine it ends on a step', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }), weight, fc.boolean(), (a, b, live, fine) => {
      const [low, high] = [weightAfterDrag(Math.min(a, b), { live, fine }), weightAfterDrag(Math.max(a, b), { live, fine })]
      expect(low).toBeLessThanOrEqual(high)
      expect(clampWeight(low)).toBe(low)
    }),
  )
})

test('a drag back to where it began changes nothing', () => {
  expect(weightAfterDrag(5.6, { live: 5.3, fine: false })).toBe(5.3)
  expect(weightAfterDrag(5.9, { live: 5.3, fine: false })).toBe(6)
  expect(weightAfterDrag(5.94, { live: 5.3, fine: true })).toBe(5.9)
})

test('the spoken value names the wish and what is live', () => {
  expect(spokenWeight(10, 5)).toBe('10.0 per cent, live is 5.0 per cent')
})
