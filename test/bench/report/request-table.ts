import { cpus } from 'node:os'
import { type Row, runScenario, type Table } from '../measuring/rounds.ts'
import type { Scenario } from '../scenarios/scenarios.ts'
import { chartOf } from './chart.ts'
import { baseOf, failureOf, headOf, labelOf, ratios, rowOf, shown, spreadOf } from './figures.ts'
import type { Section } from './section.ts'

const HEAD = ['proxy', 'CPU per request, nginx = 1', 'µs per request', 'requests/s', 'p99 ms', 'memory MiB']

function line(table: Table, row: Row): string {
  const label = labelOf(table, row)
  if (row.failure !== null) return rowOf([label, failureOf(row.failure), '', '', '', ''])
  const ratio = ratios(row, baseOf(table))
  const cost = spreadOf(row.rounds.map(({ microsecondsPerRequest }) => microsecondsPerRequest))
  const rate = spreadOf(row.rounds.map(({ perSecond }) => perSecond))
  const p99 = spreadOf(row.rounds.map(({ p99Ms }) => p99Ms))
  const cells = [
    ratio && shown(ratio, 2),
    cost && shown(cost, 1),
    rate && Math.round(rate.median).toLocaleString('en'),
    p99?.median.toFixed(1) ?? null,
    row.memoryMebibytes.toFixed(0),
  ]
  return rowOf([label, ...cells])
}

/** Rows of one proxy that differ in what the table compares: the second against the first. */
function growth(table: Table, say: (name: string, few: Row, many: Row) => string[]): string[] {
  return [...new Set(table.rows.map(({ name }) => name))].flatMap((name) => {
    const [few, many] = table.rows.filter((row) => row.name === name)
    return few === undefined || many === undefined ? [] : say(name, few, many)
  })
}

/** Ratios that are not to nginx: to the same work in Lua, of many routes to few, and of two workers to one. */
function further(table: Table): string[] {
  const lua = table.rows.find(({ name }) => name === 'nginx + Lua')
  const own = table.rows.find(({ name }) => name === 'Sluice')
  const toLua = own && ratios(own, lua)
  const lines = toLua ? [`Sluice costs ${shown(toLua, 2)} × nginx + Lua.`] : []
  if (table.scenario.routeCounts.length > 1)
    lines.push(
      ...growth(table, (name, few, many) => {
        const spread = ratios(many, few)
        return spread ? [`${name} at ${many.routes.toLocaleString('en')} routes costs ${shown(spread, 2)} × what it costs at ${few.routes}.`] : []
      }),
    )
  if (table.scenario.workerCounts.length > 1) {
    lines.push(
      ...growth(table, (name, one, two) => {
        const rate = ratios(two, one, 'perSecond')
        const cost = ratios(two, one)
        return rate && cost ? [`${name} with two workers: ${shown(rate, 2)} × the throughput of one, ${shown(cost, 2)} × its CPU per request.`] : []
      }),
    )
    if (cpus().length < 4)
      lines.push(
        `This machine has ${cpus().length} cores: two workers share theirs with the load generator and the origin, so the throughput says little and the CPU per request counts.`,
      )
  }
  return lines
}

const barsOf = (table: Table) =>
  table.rows
    .flatMap((row) => {
      const spread = ratios(row, baseOf(table))
      return spread === null ? [] : [{ label: labelOf(table, row), isOwn: row.name === 'Sluice', spread }]
    })
    .sort((a, b) => a.spread.median - b.spread.median)

/** A scenario as a part of the report. Fails where no proxy gave a figure. */
export function requestSection(scenario: Scenario): Section {
  const { id, title, isInQuick, hasNpmPeers } = scenario
  return {
    id,
    title,
    chapter: 'Requests',
    isInQuick,
    hasNpmPeers,
    async run(circumstances) {
      const table = await runScenario(scenario, circumstances)
      if (table.rows.every(({ failure }) => failure !== null)) throw new Error(table.rows.map(({ name, failure }) => `${name}: ${failure}`).join('; '))
      const notes = further(table).map((note) => `- ${note}`)
      const subtitle = 'CPU per request, nginx = 1; shorter is cheaper'
      return {
        lines: [...headOf(HEAD), ...table.rows.map((row) => line(table, row)), ...(notes.length > 0 ? ['', ...notes] : [])],
        charts: [chartOf({ id, title, subtitle, digits: 2, bars: barsOf(table) })],
        participants: [...new Set(table.rows.map(({ name }) => name))],
      }
    },
  }
}
