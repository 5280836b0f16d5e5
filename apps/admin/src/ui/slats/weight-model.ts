/** Weights are counted in tenths of a per cent, so that steps of 0.1 never drift. */
export const WEIGHT_TENTHS_MAX = 1000

export type SlatKind = 'live' | 'stable' | 'raise' | 'lower'

/** A percentage as the nearest tenth within 0 to 100. */
export function clampWeight(percentage: number): number {
  if (Number.isNaN(percentage)) return 0
  return Math.min(WEIGHT_TENTHS_MAX, Math.max(0, Math.round(percentage * 10))) / 10
}

export function formatWeight(percentage: number): string {
  return percentage.toFixed(1)
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
    case 'Home':
      return 0
    case 'End':
      return 100
    default:
      return null
  }
}

/** How slat `index` (0 to 99, one per cent each) is drawn; a slat counts as filled when its middle is within the share. */
export function slatKind(index: number, live: number, ghost: number): SlatKind {
  const middle = index + 0.5
  const filled = middle <= live
  const wanted = middle <= ghost
  if (filled) return wanted ? 'live' : 'lower'
  return wanted ? 'raise' : 'stable'
}
