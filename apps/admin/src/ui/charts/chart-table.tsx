import { formatClock } from './time-axis.ts'
import type { Series } from './time-chart.tsx'

interface ChartTableProps {
  caption: string
  series: readonly Series[]
  format: (value: number) => string
}

/** The same numbers as the chart, newest first. */
export function ChartTable({ caption, series, format }: ChartTableProps) {
  const own = series.filter((entry) => entry.isReference !== true)
  const rows = (own[0]?.points ?? []).map((point, index) => ({ at: point.at, values: own.map((entry) => entry.points[index]?.value ?? null) })).reverse()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className="ctable" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {own.map((entry) => (
              <th key={entry.name} scope="col" className="num">
                {entry.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, values }) => (
            <tr key={at}>
              <th scope="row">{formatClock(Math.floor(at), 'with seconds')}</th>
              {values.map((value, index) => (
                <td key={own[index]?.name} className="num">
                  {value === null ? <span className="i3">no data</span> : format(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
