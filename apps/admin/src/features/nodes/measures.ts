const MIB = 1024 * 1024
const GIB = 1024 * MIB
/** A connected node is heard of each second or two, so that much counts as this moment. */
const NOW_S = 5
const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400

/** What stands where a node did not say. */
export const UNKNOWN = '–'

/** `436 MiB`, or `1.4 GiB` from a gibibyte on. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN
  return bytes < GIB ? `${Math.round(bytes / MIB).toLocaleString('en')} MiB` : `${(bytes / GIB).toFixed(1)} GiB`
}

/** `71 %`; of one processor, so several workers may have more than 100 %. */
export function formatPercent(percent: number | null): string {
  if (percent === null) return UNKNOWN
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent).toLocaleString('en')} %`
}

/** `0.7 ms`, without a decimal from ten on. */
export function formatMilliseconds(ms: number | null): string {
  if (ms === null) return UNKNOWN
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en')} ms`
}

export function formatNumber(value: number | null): string {
  return value === null ? UNKNOWN : Math.round(value).toLocaleString('en')
}

/** When a node was last heard of: `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function formatSeen(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000))
  if (seconds <= NOW_S) return 'now'
  if (seconds < MINUTE_S) return `${seconds} s ago`
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min ago`
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)} h ago`
  return `${Math.floor(seconds / DAY_S)} d ago`
}
