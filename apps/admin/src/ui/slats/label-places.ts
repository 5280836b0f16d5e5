import { type Gate, placeOf } from './weight-model.ts'

/** Room for the two texts above the slats, in pixels. */
const BUBBLE = 58
const LIVE = 72
const GAP = 6

/** Left edges of the bubble over the wish and of the words over the live weight; null where the words have no room. */
export function labelPlaces(weights: { live: number; ghost: number }, gate: Gate): { bubble: number; live: number | null } {
  const within = (left: number, width: number) => Math.min(Math.max(0, left), Math.max(0, gate.width - width))
  const bubble = within(placeOf(weights.ghost, gate) - BUBBLE / 2, BUBBLE)
  const at = placeOf(weights.live, gate)
  const candidates = weights.ghost >= weights.live ? [at - LIVE - GAP / 2, bubble - LIVE - GAP] : [at + GAP / 2, bubble + BUBBLE + GAP]
  const place = candidates.find((left) => left >= 0 && left + LIVE <= gate.width && (left + LIVE <= bubble || left >= bubble + BUBBLE))
  return { bubble, live: place ?? null }
}
