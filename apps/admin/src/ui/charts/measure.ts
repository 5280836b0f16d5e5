const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** A rate as people write it: 4,812 and 38, but 3.4 and 0.2 where a whole number would hide something. */
export function formatRate(perSecond: number): string {
  return Math.abs(perSecond) >= 10 ? WHOLE.format(perSecond) : TENTHS.format(perSecond)
}

/** A difference with its sign; the minus is the typographic one. */
export function formatDifference(perSecond: number): string {
  return `${perSecond < 0 ? '−' : '+'}${formatRate(Math.abs(perSecond))}`
}

/** A per cent value such as 0.21 %; what is not quite nothing does not read as nothing. */
export function formatPercent(percentage: number): string {
  if (percentage === 0) return '0 %'
  if (percentage < 0.01) return '< 0.01 %'
  return percentage < 10 ? `${percentage.toFixed(2)} %` : `${TENTHS.format(percentage)} %`
}

/** Milliseconds: 0.8 ms, 341 ms, 1.2 s. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${TENTHS.format(ms / 1000)} s`
  return `${ms < 10 ? TENTHS.format(ms) : WHOLE.format(ms)} ms`
}

/** 1200 as 1.2k, for the axis of a chart. */
export function formatTick(value: number): string {
  if (value >= 1_000_000) return `${TENTHS.format(value / 1_000_000)}M`
  if (value >= 1000) return `${TENTHS.format(value / 1000)}k`
  return String(Number(value.toPrecision(3)))
}
