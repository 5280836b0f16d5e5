import type { Table } from '../measuring/rounds.ts'
import { baseOf, labelOf, ratios } from './figures.ts'

const WIDTH = 760
const LABEL_WIDTH = 190
const BAR_HEIGHT = 20
const GAP = 8
const TOP = 48
const RIGHT = 150
/** Colours that are told apart on white and on black; the text takes the colour of the scheme. */
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.b{fill:#8c959f}.o{fill:#0969da}.l{stroke:#8c959f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#6e7681}.o{fill:#4493f8}}'

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}

/** Bars of the ratios to nginx of one table, from cheap to dear, with a line from the lowest round to the highest. */
export function chartOf(table: Table): string {
  const bars = table.rows
    .flatMap((row) => {
      const spread = ratios(row, baseOf(table))
      return spread === null ? [] : [{ label: labelOf(table, row), isOwn: row.name === 'Sluice', spread }]
    })
    .sort((a, b) => a.spread.median - b.spread.median)
  const longest = Math.max(1, ...bars.map(({ spread }) => spread.max))
  const x = (value: number) => LABEL_WIDTH + (value / longest) * (WIDTH - LABEL_WIDTH - RIGHT)
  const lines = bars.map(({ label, isOwn, spread }, index) => {
    const y = TOP + index * (BAR_HEIGHT + GAP)
    const middle = y + BAR_HEIGHT / 2
    const text = `${spread.median.toFixed(2)} (${spread.min.toFixed(2)}–${spread.max.toFixed(2)})`
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${isOwn ? 'o' : 'b'}" x="${LABEL_WIDTH}" y="${y}" width="${(x(spread.median) - LABEL_WIDTH).toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<line class="l" x1="${x(spread.min).toFixed(1)}" x2="${x(spread.max).toFixed(1)}" y1="${middle}" y2="${middle}" stroke-width="2"/>`,
      `<text x="${(x(spread.max) + 8).toFixed(1)}" y="${middle + 4}">${text}</text>`,
    ].join('')
  })
  const height = TOP + bars.length * (BAR_HEIGHT + GAP) + GAP
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(table.scenario.title)}"><style>${STYLE}</style>`,
    `<text class="t" x="8" y="20">${escaped(table.scenario.title)}</text><text x="8" y="38">CPU per request, nginx = 1; shorter is cheaper</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}
