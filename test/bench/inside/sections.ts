import { fork } from 'node:child_process'
import { join } from 'node:path'
import { pin } from '../measuring/processes.ts'
import { chartOf } from '../report/chart.ts'
import type { Section } from '../report/section.ts'
import type { InsideFindings } from './tell.ts'

const TIMEOUT_MS = 300_000

/** Runs a program of this folder in a process of its own, so that none finds the heap of another. */
function run(name: string, isQuick: boolean): Promise<InsideFindings> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, `${name}.ts`), isQuick ? ['--quick'] : [], { execArgv: ['--disable-warning=ExperimentalWarning'], timeout: TIMEOUT_MS })
    pin(child.pid ?? 0)
    child.once('message', (message) => resolve(message as InsideFindings))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with status ${code} and without figures`)))
  })
}

function inside(id: string, title: string, chart: { title: string; subtitle: string } | null): Section {
  return {
    id,
    title,
    chapter: 'Inside a node',
    isInQuick: false,
    hasNpmPeers: false,
    async run({ pace }) {
      const { lines, bars } = await run(id, pace.isQuick)
      return { lines, charts: chart === null ? [] : [chartOf({ id, ...chart, digits: 0, bars })], participants: ['Sluice'] }
    },
  }
}

export const INSIDE_SECTIONS: readonly Section[] = [
  inside('delta', 'How long a change of the configuration blocks a worker', null),
  inside('router', 'Finding the route', { title: 'Finding the route', subtitle: 'CPU, ns per match; shorter is better' }),
  inside('head-parser', 'Parsing the head of a request', null),
  inside('plugins', 'What a plugin adds to a request', { title: 'What a plugin adds to a request', subtitle: 'CPU, ns per request; shorter is better' }),
]
