import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Happening, hasWish, isLocked, type Rollout, reduceRollout, type Saved, startRollout } from './rollout.ts'

const saved = (percentage: number, revision: number, by = 'Mara'): Saved => ({ percentage, revision, by, at: '2026-03-04T12:00:00.000Z' })
const after = (start: Rollout, ...happenings: Happening[]) => happenings.reduce(reduceRollout, start)
const acknowledged = (number: number, applied: number, rejected = 0, nodes_total = 2): Happening => ({
  type: 'acknowledged',
  state: { number, nodes_total, applied, rejected, ms: 41 },
})
const wish = (percentage: number): Happening => ({ type: 'wish', percentage })

describe('a change from here', () => {
  const sent = after(startRollout(saved(5, 7)), wish(10), { type: 'send', percentage: 10 })

  test('is a wish until it is saved, and not live until nodes have it', () => {
    expect(sent).toMatchObject({ ghost: 10, live: 5, sending: 10 })
    const stored = after(sent, { type: 'saved', saved: saved(10, 8) })
    expect(stored).toMatchObject({ ghost: 10, live: 5, sending: null })
    expect(after(stored, acknowledged(8, 1)).live).toBe(5)
    expect(after(stored, acknowledged(8, 2)).live).toBe(10)
  })

  test('is live where one node refused it and another serves it, and not where all refused', () => {
    const stored = after(sent, { type: 'saved', saved: saved(10, 8) })
    expect(after(stored, acknowledged(8, 1, 1)).live).toBe(10)
    expect(after(stored, acknowledged(8, 0, 2)).live).toBe(5)
  })

  test('does not take its own result for that of another', () => {
    expect(after(sent, { type: 'read', saved: saved(10, 8) })).toBe(sent)
    const stored = after(sent, { type: 'saved', saved: saved(10, 8) })
    expect(after(stored, { type: 'read', saved: saved(10, 8) })).toBe(stored)
  })

  test('can be seen as saved where no node is connected', () => {
    expect(after(sent, { type: 'saved', saved: saved(10, 8) }, acknowledged(8, 0, 0, 0)).live).toBe(10)
  })

  test('is not confirmed by the acknowledgement of an earlier one', () => {
    expect(after(sent, { type: 'saved', saved: saved(10, 8) }, acknowledged(7, 2)).live).toBe(5)
  })

  test('that is refused keeps the wish and says why', () => {
    expect(after(sent, { type: 'refused', message: 'No.' })).toMatchObject({ ghost: 10, live: 5, sending: null, refusal: 'No.' })
  })

  test('cannot be moved while it is on its way', () => {
    expect(after(sent, wish(50)).ghost).toBe(10)
    expect(isLocked(sent)).toBe(true)
  })
})

describe('a change from elsewhere', () => {
  test('is followed where there is no wish, and is live when nodes have it', () => {
    const followed = after(startRollout(saved(5, 7)), { type: 'read', saved: saved(20, 9, 'Priya') })
    expect(followed).toMatchObject({ ghost: 20, live: 5, moved: null })
    expect(after(followed, acknowledged(9, 2)).live).toBe(20)
  })

  test('locks the knob where there is a wish', () => {
    const locked = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(20, 9, 'Priya') })
    expect(locked).toMatchObject({ ghost: 10, moved: { percentage: 20, by: 'Priya' } })
    expect(after(locked, wish(50)).ghost).toBe(10)
  })

  test('is live for a locked page too, once nodes have it', () => {
    const locked = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(20, 9) }, acknowledged(9, 2))
    expect(locked).toMatchObject({ ghost: 10, live: 20 })
    expect(after(locked, { type: 'take over' }).acknowledged).toMatchObject({ number: 9, applied: 2 })
  })

  test('may be taken over: the wish stays and stands on what is there now', () => {
    const taken = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(20, 9) }, { type: 'take over' })
    expect(taken).toMatchObject({ ghost: 10, saved: { percentage: 20, revision: 9 }, moved: null })
    expect(isLocked(taken)).toBe(false)
  })

  test('may be let stand: the wish is given up', () => {
    const given = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(20, 9) }, { type: 'discard' })
    expect(given).toMatchObject({ ghost: 20, saved: { revision: 9 }, moved: null })
    expect(hasWish(given)).toBe(false)
  })

  test('of another setting only brings the revision along', () => {
    const other = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(5, 9) })
    expect(other).toMatchObject({ ghost: 10, saved: { revision: 9 }, moved: null })
  })

  test('shows the newest of several', () => {
    const locked = after(startRollout(saved(5, 7)), wish(10), { type: 'read', saved: saved(20, 9) }, { type: 'read', saved: saved(30, 10) }, { type: 'read', saved: saved(20, 9) })
    expect(locked.moved?.percentage).toBe(30)
  })
})

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.integer({ min: -100, max: 1200 }).map((tenths) => wish(tenths / 10)),
  fc.constant<Happening>({ type: 'discard' }),
  fc.constant<Happening>({ type: 'take over' }),
  fc.integer({ min: 0, max: 1000 }).map((tenths): Happening => ({ type: 'send', percentage: tenths / 10 })),
  fc.constant<Happening>({ type: 'refused', message: 'No.' }),
  fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 40 })).map(([tenths, revision]): Happening => ({ type: 'read', saved: saved(tenths / 10, revision) })),
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(2), fc.nat(2)).map(([number, applied, rejected]) => acknowledged(number, applied, rejected)),
)

test('whatever happens, the revision that a write would carry never goes back, and a locked knob does not move', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      let rollout = startRollout(saved(5, 7))
      for (const next of happenings) {
        const before = rollout
        rollout = reduceRollout(rollout, next)
        expect(rollout.saved.revision).toBeGreaterThanOrEqual(before.saved.revision)
        if (next.type === 'wish' && isLocked(before)) expect(rollout.ghost).toBe(before.ghost)
        expect(rollout.ghost).toBeGreaterThanOrEqual(0)
        expect(rollout.ghost).toBeLessThanOrEqual(100)
        // Live moves only when nodes said so.
        if (rollout.live !== before.live) expect(next.type).toBe('acknowledged')
      }
    }),
  )
})
