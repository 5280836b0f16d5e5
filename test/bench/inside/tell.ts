import { parseArgs } from 'node:util'
import type { Bar } from '../report/chart.ts'

/** What a program of this folder found: lines of Markdown, and bars for a chart where it makes sense. */
export interface InsideFindings {
  lines: string[]
  bars: Bar[]
}

/** `--quick` asks for a look only. */
export const isQuick = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values.quick

/** Tells the report, or prints where a person has started the program. */
export function tell(findings: InsideFindings): void {
  if (process.send !== undefined) process.send(findings)
  else console.log(findings.lines.join('\n'))
}

/** CPU time that this process has used, in nanoseconds: other work on the machine does not count. */
export function cpuNanoseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** CPU time in nanoseconds for each of `count` calls of `work`, in each of `rounds` rounds, after one that does not count. */
export function timed(rounds: number, count: number, work: (index: number) => void): number[] {
  const round = () => {
    const before = cpuNanoseconds()
    for (let index = 0; index < count; index += 1) work(index)
    return (cpuNanoseconds() - before) / count
  }
  round()
  return Array.from({ length: rounds }, round)
}
