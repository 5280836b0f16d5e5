/** Windows from short to long. */
export const WINDOWS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const
export type Window = (typeof WINDOWS)[number]

/** First moment after the window that `nowMs` is in: windows follow the UTC calendar. */
export function windowEndMs(window: Window, nowMs: number): number {
  const fixed = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
  if (window !== 'month' && window !== 'year') return (Math.floor(nowMs / fixed[window]) + 1) * fixed[window]
  const now = new Date(nowMs)
  return window === 'year' ? Date.UTC(now.getUTCFullYear() + 1, 0) : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
}

/** Complaints about longer windows with lower limits than shorter ones, in Kong's words. */
export function limitsThatShrink(limits: Readonly<Record<Window, number | null>>): { window: Window; message: string }[] {
  const given = WINDOWS.filter((window) => limits[window] !== null)
  return given.flatMap((window, index) => {
    const shorter = given[index - 1]
    if (shorter === undefined || Number(limits[window]) >= Number(limits[shorter])) return []
    return [{ window, message: `The limit for ${window}(${limits[window]}.0) cannot be lower than the limit for ${shorter}(${limits[shorter]}.0)` }]
  })
}
