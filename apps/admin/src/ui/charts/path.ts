import { heightOf, type Scale } from './scale.ts'

/** `value` is null in a gap: nothing was measured, which is not zero. */
export interface Point {
  at: number
  value: number | null
}

export interface Span {
  from: number
  to: number
}

/** Drawn in a box of this size and stretched to the plot. */
export const BOX = { width: 1000, height: 100 } as const

type Placed = readonly [x: number, y: number]

const round = (value: number) => Math.round(value * 100) / 100

/** Points without gaps between them, in the box. */
function stretches(points: readonly Point[], span: Span, scale: Scale): Placed[][] {
  const found: Placed[][] = []
  let open: Placed[] = []
  const length = Math.max(1, span.to - span.from)
  for (const { at, value } of points) {
    if (value === null) {
      if (open.length > 0) found.push(open)
      open = []
    } else open.push([round(((at - span.from) / length) * BOX.width), round(heightOf(value, scale) * BOX.height)])
  }
  return open.length > 0 ? [...found, open] : found
}

const toLine = (placed: readonly Placed[]) => placed.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')

/** A line with a hole at every gap. A value that stands alone becomes a dot. */
export function linePath(points: readonly Point[], span: Span, scale: Scale): string {
  return stretches(points, span, scale)
    .map((placed) => (placed.length === 1 ? `${toLine(placed)}h0.01` : toLine(placed)))
    .join('')
}

/** The area between the line and zero. */
export function areaPath(points: readonly Point[], span: Span, scale: Scale): string {
  return stretches(points, span, scale)
    .filter((placed) => placed.length > 1)
    .map((placed) => `${toLine(placed)}L${placed.at(-1)?.[0] ?? 0} ${BOX.height}L${placed[0]?.[0] ?? 0} ${BOX.height}Z`)
    .join('')
}

/** The largest value of several series, zero without any. */
export function maxOf(...series: readonly (readonly Point[])[]): number {
  return series.flat().reduce((max, { value }) => Math.max(max, value ?? 0), 0)
}

/** The point nearest to a moment; null without points. */
export function nearestPoint(points: readonly Point[], at: number): Point | null {
  return points.reduce<Point | null>((best, point) => (best === null || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best), null)
}
