import type { Marker } from '../../ui/charts/markers.ts'
import { formatWeight } from '../../ui/slats/weight-model.ts'

export interface ShownRevision {
  number: number
  author: string
  message: string
  created_at: string
  rejected: number
}

interface Change {
  type: string
  id: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

const percentageOf = (entity: Record<string, unknown> | null): number | null => {
  const config = entity?.config as Record<string, unknown> | undefined
  return typeof config?.percentage === 'number' ? config.percentage : null
}

/** What a revision set a canary to, or null where it did not move it. */
export function stepOf(changes: readonly Change[], pluginId: string): number | null {
  const own = changes.find((change) => change.type === 'plugin' && change.id === pluginId)
  if (own === undefined) return null
  const after = percentageOf(own.after)
  return after === percentageOf(own.before) ? null : after
}

/** Revisions as markers of a chart; those that moved the canary say to where. */
export function markersOf(revisions: readonly ShownRevision[], steps: ReadonlyMap<number, number>): Marker[] {
  return revisions.map(({ number, author, message, created_at, rejected }) => {
    const step = steps.get(number)
    const label = step === undefined ? `r${number}` : `${Number.isInteger(step) ? step : formatWeight(step)} %`
    return {
      at: new Date(created_at).getTime() / 1000,
      label,
      kind: rejected > 0 ? 'refused' : step === undefined ? 'change' : 'step',
      href: `/revisions/${number}`,
      title: `r${number} by ${author}: ${message}`,
    }
  })
}
