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

/** CPU per request against the same round of another row. Empty where one of the two failed: rounds would not be of the same minute. */
export function ratios(row: Row, base: Row | undefined): Spread | null {
  if (base === undefined || row.failure !== null || base.failure !== null || row.rounds.length !== base.rounds.length) return null
  return spreadOf(row.rounds.map((round, index) => round.microsecondsPerRequest / (base.rounds[index]?.microsecondsPerRequest ?? Number.NaN)))
}

export function baseOf(table: Table): Row | undefined {
  return table.rows.find(({ name }) => name === 'nginx')
}

export function labelOf(table: Table, row: Row): string {
  return table.scenario.routeCounts.length > 1 ? `${row.name}, ${row.routes.toLocaleString('en')} routes` : row.name
}
