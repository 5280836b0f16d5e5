import type { Span } from './path.ts'

/** A moment that a chart points out: grey a change, accent a step of a rollout, amber a change that a node refused. */
export interface Marker {
  at: number
  label: string
  kind: 'change' | 'step' | 'refused'
  /** Where it leads; null for none. */
  href: string | null
  /** Said on hover. */
  title: string
}

export interface PlacedMarker extends Marker {
  share: number
  /** How many others stand behind it because there is no room for their labels. */
  more: number
}

const WEIGHT: Record<Marker['kind'], number> = { refused: 2, step: 1, change: 0 }

/** Markers within the span. Those that would stand on each other become one: the one that matters most, then the latest. */
export function placeMarkers(markers: readonly Marker[], span: Span, roomFor: number): PlacedMarker[] {
  const length = Math.max(1, span.to - span.from)
  const room = 1 / Math.max(1, roomFor)
  const inside = markers.filter(({ at }) => at >= span.from && at <= span.to).sort((a, b) => a.at - b.at)
  const placed: PlacedMarker[] = []
  for (const marker of inside) {
    const share = (marker.at - span.from) / length
    const last = placed.at(-1)
    if (last === undefined || share - last.share >= room) placed.push({ ...marker, share, more: 0 })
    else if (WEIGHT[marker.kind] >= WEIGHT[last.kind]) placed[placed.length - 1] = { ...marker, share, more: last.more + 1 }
    else last.more += 1
  }
  return placed
}
