/** Weights are counted in tenths of a per cent, so that steps of 0.1 never drift. */
export const WEIGHT_TENTHS_MAX = 1000
/** One slat is one per cent. */
export const SLATS = 100
/** A slat needs this much to be seen, the gap after it included. */
const PITCH_MIN = 3

/** A percentage as the nearest tenth within 0 to 100. */
export function clampWeight(percentage: number): number {
  if (Number.isNaN(percentage)) return 0
  return Math.min(WEIGHT_TENTHS_MAX, Math.max(0, Math.round(percentage * 10))) / 10
}

export function formatWeight(percentage: number): string {
  return percentage.toFixed(1)
}

/** What was typed as a weight, or null where it is none. A decimal comma and a per cent sign are fine. */
export function readWeight(text: string): number | null {
  const plain = text.replace('%', '').trim().replace(',', '.')
  if (!/^\d{1,3}(\.\d*)?$/.test(plain)) return null
  const value = Number(plain)
  return value > 100 ? null : clampWeight(value)
}

/** What a screen reader says about the knob. */
export function spokenWeight(ghost: number, live: number): string {
  return `${formatWeight(ghost)} per cent, live is ${formatWeight(live)} per cent`
}

/** The weight after a key, or null where the key is not one of the slider's. Arrows step 0.1, with Shift 1, with Alt 10. */
export function weightAfterKey(ghost: number, press: { key: string; shiftKey: boolean; altKey: boolean }): number | null {
  const step = press.altKey ? 10 : press.shiftKey ? 1 : 0.1
  switch (press.key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return clampWeight(ghost + step)
    case 'ArrowLeft':
    case 'ArrowDown':
      return clampWeight(ghost - step)
    case 'PageUp':
      return clampWeight(ghost + 10)
    case 'PageDown':
      return clampWeight(ghost - 10)
    case 'Home':
      return 0
    case 'End':
      return 100
    default:
      return null
  }
}

/** Where the pixels of the slats are: all of them are equally wide, so the gate may be a little narrower than its place. */
export interface Gate {
  /** From the left edge of one slat to that of the next. */
  pitch: number
  slat: number
  width: number
}

const gapOf = (pitch: number) => (pitch >= 9 ? 4 : pitch >= 6 ? 2 : 1)

/** The widest gate that fits. The gap after the last slat is not part of it. */
export function gateFor(available: number): Gate {
  const wide = Math.floor(available / SLATS) + 1
  const pitch = Math.max(PITCH_MIN, wide * SLATS - gapOf(wide) <= available ? wide : wide - 1)
  return { pitch, slat: pitch - gapOf(pitch), width: pitch * SLATS - gapOf(pitch) }
}

/** Left edge in pixels of what lies above `percentage`; within a slat it moves over the slat and leaves the gap out. */
export function placeOf(percentage: number, { pitch, slat, width }: Gate): number {
  const whole = Math.floor(percentage)
  return Math.min(width, whole * pitch + (percentage - whole) * slat)
}

/** The percentage at a pixel, not yet rounded to a step. */
export function percentageAt(x: number, { pitch, slat }: Gate): number {
  const whole = Math.floor(x / pitch)
  return Math.min(100, Math.max(0, whole + Math.min(1, (x - whole * pitch) / slat)))
}

/**
 * The weight that a drag to `percentage` means. A finger cannot hit a tenth, so it lands on whole per cents, and on the live weight when
 * it comes near; a fine drag (with Shift) lands on tenths.
 */
export function weightAfterDrag(percentage: number, drag: { live: number; fine: boolean }): number {
  if (drag.fine) return clampWeight(percentage)
  if (Math.abs(percentage - drag.live) <= 0.5) return drag.live
  return clampWeight(Math.round(percentage))
}
