import { cpus, release } from 'node:os'
import { FIGURES, type Level } from './samples.ts'

export interface Outcome {
  sent: number
  unexpected: number
  /** The first few. */
  messages: string[]
}

export interface SoakRun {
  minutes: number
  perSecond: number
  levels: Level[]
  outcomes: Record<string, Outcome>
  configurations: number
  workers: number
  /** Before the traffic, and after it once the kept connections were given up. */
  openFiles: { before: number; after: number }
  at: Date
}

const shown = (value: number) => value.toFixed(value < 100 ? 1 : 0)

function levelLine({ figure, before, after, highest, isLevel }: Level): string {
  const { title, unit, allowance } = FIGURES[figure]
  const measure = unit === '' ? '' : ` ${unit}`
  return `| ${title} | ${shown(before)}${measure} | ${shown(after)}${measure} | ${shown(highest)}${measure} | ${isLevel ? 'level' : `grew by more than ${allowance}${measure}`} |`
}

export function soakDocument(run: SoakRun): string {
  const kinds = Object.entries(run.outcomes)
  const sent = kinds.reduce((sum, [, outcome]) => sum + outcome.sent, 0)
  const surprises = kinds.flatMap(([name, { messages }]) => messages.map((message) => `- ${name}: ${message}`))
  return `# Soak

Written by \`npm run soak -- --minutes ${run.minutes} --rate ${run.perSecond}\` on ${run.at.toISOString().slice(0, 10)}, on Node.js 24: one node with
${run.workers} workers under mixed traffic, looked at once a second from outside. It ends with an error where a figure is not level.

![Memory and file descriptors over the run](images/soak.svg)

| figure | second quarter | last quarter | highest | |
|---|---|---|---|---|
${run.levels.map(levelLine).join('\n')}

Resident memory and descriptors are medians of a quarter, the heap is its lowest tenth, which is what collections leave. Descriptors before
the traffic ${run.openFiles.before}, after it ${run.openFiles.after}.

## Traffic

${sent.toLocaleString('en')} requests and connections in ${run.minutes} minutes, and ${run.configurations} changes of the configuration.

| what clients did | how often | not as expected |
|---|---|---|
${kinds.map(([name, outcome]) => `| ${name} | ${outcome.sent.toLocaleString('en')} | ${outcome.unexpected} |`).join('\n')}
${surprises.length === 0 ? '' : `\nNot as expected, the first of each:\n\n${surprises.join('\n')}\n`}
${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Linux ${release()}, Node.js ${process.version}. Clients, upstream and node share the machine.
`
}
