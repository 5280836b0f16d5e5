const COUNT = new Intl.NumberFormat('en')
const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400

/** 1284 as `1,284`. */
export function formatCount(count: number): string {
  return COUNT.format(count)
}

/** The time between two moments as people say it, such as `4 min`; under a minute it is `just now`. */
export function formatAge(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000))
  if (seconds < MINUTE_S) return 'just now'
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min ago`
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)} h ago`
  return `${Math.floor(seconds / DAY_S)} d ago`
}

/** Up to two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : ''
  return (first + last).toUpperCase()
}
