export interface Scale {
  /** Value at the upper edge; the lower edge is zero. */
  top: number
  /** From zero to the top, at most five. */
  ticks: readonly number[]
}

const STEPS = [1, 2, 2.5, 5, 10]
const TICKS_MAX = 4

/** A scale from zero that holds `max` with round steps. `least` keeps a chart of almost nothing from looking like a storm. */
export function scaleFor(max: number, least: number): Scale {
  const wanted = Math.max(Number.isFinite(max) ? max : 0, least)
  const power = 10 ** Math.floor(Math.log10(wanted / TICKS_MAX))
  const step = (STEPS.find((factor) => factor * power * TICKS_MAX >= wanted * (1 - 1e-9)) ?? 10) * power
  const count = Math.max(1, Math.ceil(wanted / step - 1e-9))
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
  return { top: ticks.at(-1) ?? least, ticks }
}

/** Share of the height, from the top, at which `value` stands. */
export function heightOf(value: number, { top }: Scale): number {
  return 1 - Math.min(1, Math.max(0, value / top))
}
