/** How one limit is told to the client. */
export interface LimitLabel {
  /** Names of its two headers, and what the first of them always says. */
  limitHeader: string
  remainingHeader: string
  limitText: string
}

export interface Usage {
  label: LimitLabel
  remaining: number
  resetSeconds: number
}

/** `name` as clients see it, such as `Minute`. */
export function labelOf(name: string, limit: number): LimitLabel {
  return { limitHeader: `X-RateLimit-Limit-${name}`, remainingHeader: `X-RateLimit-Remaining-${name}`, limitText: String(limit) }
}

export const secondsUntil = (endMs: number, nowMs: number) => Math.max(1, Math.ceil((endMs - nowMs) / 1000))

/** Two headers for each window, and three for the tightest: of equal ones the later in the list. */
export function tellUsage(usages: readonly Usage[], tell: (name: string, value: string) => void): void {
  let tightest: Usage | null = null
  for (const usage of usages) {
    tell(usage.label.limitHeader, usage.label.limitText)
    tell(usage.label.remainingHeader, String(usage.remaining))
    if (tightest === null || usage.remaining <= tightest.remaining) tightest = usage
  }
  if (tightest === null) return
  tell('RateLimit-Limit', tightest.label.limitText)
  tell('RateLimit-Remaining', String(tightest.remaining))
  tell('RateLimit-Reset', String(tightest.resetSeconds))
}

/** The same as a record, for a refusal, with Retry-After as long as the tightest resets in. */
export function refusalHeaders(usages: readonly Usage[], moreSeconds = 0): Record<string, string> {
  const headers: Record<string, string> = {}
  tellUsage(usages, (name, value) => {
    headers[name] = value
  })
  return { ...headers, 'Retry-After': String(Number(headers['RateLimit-Reset'] ?? '1') + moreSeconds) }
}
