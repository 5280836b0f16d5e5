import type { Span } from './path.ts'

const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]
const LABELS_MAX = 5
/** Labels that would stand closer than this share of the axis to an edge are left out. */
const EDGE = 0.04

/** Unix seconds as the local time of day. */
export function formatClock(second: number, seconds: 'with seconds' | 'without seconds'): string {
  const date = new Date(second * 1000)
  const parts = [date.getHours(), date.getMinutes(), ...(seconds === 'with seconds' ? [date.getSeconds()] : [])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

/** Round moments within a span, at most five, each with its place as a share of the axis. */
export function timeTicks(span: Span): { at: number; share: number; label: string }[] {
  const length = span.to - span.from
  if (length <= 0) return []
  const step = STEPS_S.find((candidate) => length / candidate <= LABELS_MAX) ?? length
  const first = Math.ceil(span.from / step) * step
  const ticks = Array.from({ length: Math.floor((span.to - first) / step) + 1 }, (_, index) => first + index * step)
  return ticks
    .map((at) => ({ at, share: (at - span.from) / length, label: formatClock(at, step < 60 ? 'with seconds' : 'without seconds') }))
    .filter(({ share }) => share >= EDGE && share <= 1 - EDGE)
}
