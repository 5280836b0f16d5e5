import type { Row, Table } from '../measuring/rounds.ts'

export interface Spread {
  median: number
  min: number
  max: number
}

export function spreadOf(values: number[]): Spread | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] as number
  const lower = sorted[Math.ceil(middle) - 1] as number
  return { median: (upper + lower) / 2, min: sorted[0] as number, max: sorted[sorted.length - 1] as number }
}

/** The median, and the lowest and the highest round in brackets where there was more than one. */
export const shown = ({ median, min, max }: Spread, digits: number): string =>
  min === max ? median.toFixed(digits) : `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`

/** A line of a table of Markdown; what is null is a dash. */
export const rowOf = (cells: (string | null)[]): string => `| ${cells.map((cell) => cell ?? '–').join(' | ')} |`

export const headOf = (names: string[]): string[] => [rowOf(names), `|${'---|'.repeat(names.length)}`]

/** Why there are no figures, as it can stand in a table, without the temporary folder of the run. */
export const failureOf = (reason: string): string =>
  `no figure: ${reason
    .replace(/\S*sluice-bench-\w+\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/\|/g, '/')}`

/** A figure against that of the same round of another row, in every round. Empty where one of the two failed: rounds would not be of the same minute. */
export function ratios(row: Row, base: Row | undefined, figure: 'microsecondsPerRequest' | 'perSecond' = 'microsecondsPerRequest'): Spread | null {
  if (base === undefined || row.failure !== null || base.failure !== null || row.rounds.length !== base.rounds.length) return null
  return spreadOf(row.rounds.map((round, index) => round[figure] / (base.rounds[index]?.[figure] ?? Number.NaN)))
}

export function baseOf(table: Table): Row | undefined {
  return table.rows.find(({ name }) => name === 'nginx')
}

export function labelOf({ scenario }: Table, row: Row): string {
  if (scenario.routeCounts.length > 1) return `${row.name}, ${row.routes.toLocaleString('en')} routes`
  return scenario.workerCounts.length > 1 ? `${row.name}, ${row.workers} ${row.workers === 1 ? 'worker' : 'workers'}` : row.name
}
