import { join } from 'node:path'
import { ONE_EACH } from '../measuring/processes.ts'
import type { Circumstances } from '../measuring/rounds.ts'
import { CONNECTIONS, compareSteady, paceOf, REQUESTS_PER_SECOND, type SteadyRound, type SteadyRow, type Subject } from '../measuring/steady.ts'
import { startOrigin } from '../peers/nginx.ts'
import { chartOf } from './chart.ts'
import { failureOf, headOf, rowOf, shown, spreadOf } from './figures.ts'
import type { Chapter, Findings, Section } from './section.ts'

interface SteadySection {
  id: string
  title: string
  chapter: Chapter
  /** Names of the two states, as they stand in the table. */
  calm: string
  disturbed: string
  note: string
  subjects(circumstances: Circumstances, originPort: number): { name: string; start: () => Promise<Subject> }[]
}

function stateLine(label: string, rounds: SteadyRound[]): string {
  const cell = (figure: 'p50Ms' | 'p99Ms' | 'longestMs') => {
    const spread = spreadOf(rounds.map((round) => round[figure]))
    return spread === null ? null : shown(spread, 1)
  }
  return rowOf([label, cell('p50Ms'), cell('p99Ms'), cell('longestMs'), String(rounds.reduce((sum, { failed }) => sum + failed, 0))])
}

function linesOf(row: SteadyRow, { calm, disturbed }: SteadySection): string[] {
  if (row.failure !== null) return [rowOf([row.name, failureOf(row.failure), '', '', ''])]
  return [stateLine(`${row.name}, ${calm}`, row.calm), stateLine(`${row.name}, ${disturbed}`, row.disturbed)]
}

function growthOf({ name, calm, disturbed, failure }: SteadyRow, state: string): string[] {
  const growth = spreadOf(disturbed.map(({ p99Ms }, index) => p99Ms / (calm[index]?.p99Ms ?? Number.NaN)))
  return failure !== null || growth === null ? [] : [`- ${name}: p99 ${state} is ${shown(growth, 2)} × what it is without.`]
}

function findingsOf(rows: SteadyRow[], section: SteadySection, { pace }: Circumstances): Findings {
  const { rounds, seconds } = paceOf(pace)
  const bars = rows.flatMap((row) => {
    const states = [
      { label: `${row.name}, ${section.calm}`, rounds: row.calm },
      { label: `${row.name}, ${section.disturbed}`, rounds: row.disturbed },
    ]
    return states.flatMap(({ label, rounds }) => {
      const spread = row.failure === null ? spreadOf(rounds.map(({ p99Ms }) => p99Ms)) : null
      return spread === null ? [] : [{ label, isOwn: row.name === 'Sluice', spread }]
    })
  })
  const { id, title, disturbed, note } = section
  const much = `${REQUESTS_PER_SECOND} GET 1 KiB per second on ${CONNECTIONS} kept connections, ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s in each state, in turn.`
  return {
    lines: [
      ...headOf(['proxy', 'p50 ms', 'p99 ms', 'longest ms', 'failed requests']),
      ...rows.flatMap((row) => linesOf(row, section)),
      '',
      ...rows.flatMap((row) => growthOf(row, disturbed)),
      '',
      `${much} Latency counts from when a request was due. ${note}`,
    ],
    charts: [chartOf({ id, title, subtitle: 'p99 in milliseconds; shorter is better', digits: 1, bars })],
    participants: rows.map(({ name }) => name),
  }
}

/** A comparison of a steady load with and without a disturbance as a part of the report. */
export function steadySection(section: SteadySection): Section {
  const { id, title, chapter } = section
  return {
    id,
    title,
    chapter,
    isInQuick: false,
    hasNpmPeers: false,
    async run(circumstances) {
      const origin = await startOrigin(join(circumstances.folder, id, 'origin'), ONE_EACH.load)
      try {
        const rows = await compareSteady(id, section.subjects(circumstances, origin.port), circumstances)
        if (rows.every(({ failure }) => failure !== null)) throw new Error(rows.map(({ name, failure }) => `${name}: ${failure}`).join('; '))
        return findingsOf(rows, section, circumstances)
      } finally {
        await origin.launched.stop()
      }
    },
  }
}
