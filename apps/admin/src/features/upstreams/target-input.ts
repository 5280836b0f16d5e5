import type { Issue } from '@sluice/shared/snapshot'

const WEIGHT_MAX = 65_535

/** What is typed, as the value of a target. A weight that is no number stays text, which the schema refuses. */
export function readTarget(upstream: string, target: string, weight: string): Record<string, unknown> {
  return { upstream: { id: upstream }, target: target.trim(), weight: readWeight(weight) ?? weight }
}

/** A whole number from 0 to 65,535, or null. */
export function readWeight(text: string): number | null {
  const trimmed = text.trim()
  if (!/^\d{1,5}$/.test(trimmed)) return null
  const weight = Number(trimmed)
  return weight > WEIGHT_MAX ? null : weight
}

export const WEIGHT_RULE = `Write a whole number from 0 to ${WEIGHT_MAX.toLocaleString('en')}.`

/** Messages by field. What stands at neither of the two fields, such as a clash within the upstream, is about the target. */
export function targetProblems(issues: readonly Issue[]): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {}
  for (const { path, message } of issues) {
    if (path === 'weight') problems.weight = WEIGHT_RULE
    else problems.target ??= /must be unique/.test(message) ? 'This upstream has this target already.' : message
  }
  return problems
}
