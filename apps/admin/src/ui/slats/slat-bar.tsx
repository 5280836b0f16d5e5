import { formatWeight } from './weight-model.ts'

const BAR = { slats: 50, pitch: 5, slat: 3, height: 18 } as const

/** A share as slats, for a row of a list: one slat is two per cent. */
export function SlatBar({ percentage, label }: { percentage: number; label: string }) {
  const width = BAR.slats * BAR.pitch - (BAR.pitch - BAR.slat)
  return (
    <svg
      className="slat-bar"
      preserveAspectRatio="xMinYMid meet"
      viewBox={`0 0 ${width} ${BAR.height}`}
      width={width}
      height={BAR.height}
      role="img"
      aria-label={`${label}: ${formatWeight(percentage)} %`}
    >
      {Array.from({ length: BAR.slats }, (_, index) => {
        const filled = Math.min(1, Math.max(0, percentage / 2 - index))
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a slat is its place.
          <g key={index}>
            <rect x={index * BAR.pitch} y="0" width={BAR.slat} height={BAR.height} rx="1" className="s" />
            {filled > 0 && <rect x={index * BAR.pitch} y="0" width={BAR.slat * filled} height={BAR.height} rx="1" className="l" />}
          </g>
        )
      })}
    </svg>
  )
}
