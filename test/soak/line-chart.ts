import { FIGURES, type Figure, type Sample } from './samples.ts'

const WIDTH = 760
const LEFT = 60
const RIGHT = 16
const PANEL = 130
const PANEL_GAP = 46
const TOP = 44
/** Points of a line at most: more are not seen. */
const POINTS_MAX = 700
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.a{stroke:#8c959f}.p{fill:none;stroke:#0969da;stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.p{stroke:#4493f8}}'

/** The samples as lines over time, one panel for each figure. */
export function lineChart(title: string, samples: readonly Sample[]): string {
  const figures = Object.keys(FIGURES) as Figure[]
  const last = samples.at(-1)?.at ?? 1
  const every = Math.max(1, Math.ceil(samples.length / POINTS_MAX))
  const shown = samples.filter((_, index) => index % every === 0)
  const panels = figures.map((figure, index) => panel({ figure, shown, last, top: TOP + index * (PANEL + PANEL_GAP) }))
  const height = TOP + figures.length * (PANEL + PANEL_GAP)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}"><style>${STYLE}</style>`,
    `<text class="t" x="8" y="20">${title}</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n')
}

function panel({ figure, shown, last, top }: { figure: Figure; shown: readonly Sample[]; last: number; top: number }): string {
  const highest = niceAbove(Math.max(1, ...shown.map((sample) => sample[figure])))
  const bottom = top + PANEL
  const x = (at: number) => LEFT + (at / last) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => bottom - (value / highest) * (PANEL - 20)
  const points = shown.map((sample) => `${x(sample.at).toFixed(1)},${y(sample[figure]).toFixed(1)}`)
  const { title, unit } = FIGURES[figure]
  return [
    `<text x="${LEFT}" y="${top + 8}">${title}${unit === '' ? '' : `, ${unit}`}</text>`,
    `<line class="a" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/><line class="a" x1="${LEFT}" x2="${LEFT}" y1="${y(highest)}" y2="${bottom}"/>`,
    `<text x="${LEFT - 8}" y="${y(highest) + 5}" text-anchor="end">${highest}</text><text x="${LEFT - 8}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${LEFT}" y="${bottom + 17}">0</text><text x="${WIDTH - RIGHT}" y="${bottom + 17}" text-anchor="end">${(last / 60).toFixed(0)} min</text>`,
    `<polyline class="p" points="${points.join(' ')}"/>`,
  ].join('')
}

/** The next of 1, 2, 3, 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return (([1, 2, 3, 5].find((factor) => factor * power >= value) ?? 10) * power) as number
}
