import { LATENCY_EDGES_MS } from './protocol.ts'

/** A histogram over LATENCY_EDGES_MS without the empty buckets at its end. */
export function trimHistogram(histogram: readonly number[]): number[] {
  return histogram.slice(0, histogram.findLastIndex((count) => count > 0) + 1)
}

/** The sum of two histograms; either may be trimmed. */
export function addHistograms(left: readonly number[], right: readonly number[]): number[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => (left[index] ?? 0) + (right[index] ?? 0))
}

/** The value in milliseconds below which `share` of the histogram lies, taken evenly within its bucket; null where it is empty. */
export function percentile(histogram: readonly number[], share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let seen = 0
  for (const [index, count] of histogram.entries()) {
    if (seen + count >= wanted && count > 0) {
      const low = index === 0 ? 0 : (LATENCY_EDGES_MS[index - 1] ?? 0)
      const high = LATENCY_EDGES_MS[index] ?? low
      return Math.round((low + (high - low) * ((wanted - seen) / count)) * 10) / 10
    }
    seen += count
  }
  return LATENCY_EDGES_MS.at(-1) ?? null
}
