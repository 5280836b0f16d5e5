import type { Spread } from './figures.ts'
import type { Chart } from './section.ts'

const WIDTH = 760
const LABEL_WIDTH = 210
const BAR_HEIGHT = 20
const GAP = 8
const TOP = 48
const RIGHT = 150
/** Colours that are told apart on white and on black; the text takes the colour of the scheme. */
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.b{fill:#8c959f}.o{fill:#0969da}.l{stroke:#8c959f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#6e7681}.o{fill:#4493f8}}'

export interface Bar {
  label: string
  isOwn: boolean
  spread: Spread
}

interface ChartOptions {
  id: string
  title: string
  /** What a bar is, and which direction is good. */
  subtitle: string
  digits: number
  bars: Bar[]
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}

/** One bar for each median, in the given order, with a line from the lowest round to the highest. */
export function chartOf({ id, title, subtitle, digits, bars }: ChartOptions): Chart {
  const longest = Math.max(Number.MIN_VALUE, ...bars.map(({ spread }) => spread.max))
  const x = (value: number) => LABEL_WIDTH + (Math.max(0, value) / longest) * (WIDTH - LABEL_WIDTH - RIGHT)
  const lines = bars.map(({ label, isOwn, spread }, index) => {
    const y = TOP + index * (BAR_HEIGHT + GAP)
    const middle = y + BAR_HEIGHT / 2
    const range = spread.min === spread.max ? '' : ` (${spread.min.toFixed(digits)}–${spread.max.toFixed(digits)})`
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${isOwn ? 'o' : 'b'}" x="${LABEL_WIDTH}" y="${y}" width="${(x(spread.median) - LABEL_WIDTH).toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<line class="l" x1="${x(spread.min).toFixed(1)}" x2="${x(spread.max).toFixed(1)}" y1="${middle}" y2="${middle}" stroke-width="2"/>`,
      `<text x="${(x(spread.max) + 8).toFixed(1)}" y="${middle + 4}">${spread.median.toFixed(digits)}${range}</text>`,
    ].join('')
  })
  const height = TOP + bars.length * (BAR_HEIGHT + GAP) + GAP
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}"><style>${STYLE}</style>`,
    `<text class="t" x="8" y="20">${escaped(title)}</text><text x="8" y="38">${escaped(subtitle)}</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
  return { file: `bench-${id}.svg`, title, text }
}
