import { areaPath, BOX, linePath, maxOf, type Point, type Span } from './path.ts'
import { scaleFor } from './scale.ts'

/** A shape without an axis beside the number that it is the history of. */
export function Sparkline({ points, span }: { points: readonly Point[]; span: Span }) {
  const scale = scaleFor(maxOf(points), 1)
  return (
    <svg className="spark" viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" aria-hidden="true">
      <path className="a" d={areaPath(points, span, scale)} />
      <path vectorEffect="non-scaling-stroke" d={linePath(points, span, scale)} />
    </svg>
  )
}
