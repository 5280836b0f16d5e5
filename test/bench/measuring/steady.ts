import { Generator } from './generator.ts'
import { ONE_EACH } from './processes.ts'
import type { Pace } from './rounds.ts'

/** A proxy under a steady load, and what may disturb it. */
export interface Subject {
  port: number
  routes: number
  begin(): Promise<void> | void
  end(): Promise<void> | void
  stop(): Promise<void>
}

export interface SteadyRound {
  p50Ms: number
  p99Ms: number
  longestMs: number
  failed: number
}

export interface SteadyRow {
  name: string
  calm: SteadyRound[]
  disturbed: SteadyRound[]
  failure: string | null
}

export const REQUESTS_PER_SECOND = 500
export const CONNECTIONS = 64
export const paceOf = ({ isQuick }: Pace) => (isQuick ? { rounds: 1, seconds: 3, warmSeconds: 2 } : { rounds: 4, seconds: 4, warmSeconds: 3 })

interface Running {
  row: SteadyRow
  subject: Subject | null
  load: Generator | null
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message.slice(-300) : String(error))

async function startOne({ name, start }: { name: string; start: () => Promise<Subject> }): Promise<Running> {
  const row: SteadyRow = { name, calm: [], disturbed: [], failure: null }
  try {
    const subject = await start()
    const load = new Generator('steady', ONE_EACH.load, { port: subject.port, routes: subject.routes, perSecond: REQUESTS_PER_SECOND, connections: CONNECTIONS })
    return { row, subject, load }
  } catch (error) {
    row.failure = reasonOf(error)
    return { row, subject: null, load: null }
  }
}

async function measure({ row, subject, load }: Running, seconds: number, isDisturbed: boolean): Promise<SteadyRound | null> {
  if (row.failure !== null || subject === null || load === null) return null
  try {
    if (isDisturbed) await subject.begin()
    load.send({ seconds })
    const round = await load.next<SteadyRound>(seconds * 1000)
    if (isDisturbed) await subject.end()
    return round
  } catch (error) {
    row.failure = reasonOf(error)
    return null
  }
}

/** Rounds in which every proxy runs once without the disturbance and once with it. */
export async function compareSteady(
  id: string,
  subjects: { name: string; start: () => Promise<Subject> }[],
  { pace, say }: { pace: Pace; say: (line: string) => void },
): Promise<SteadyRow[]> {
  const { rounds, seconds, warmSeconds } = paceOf(pace)
  const all: Running[] = []
  try {
    for (const one of subjects) all.push(await startOne(one))
    say(`${id}: all are started`)
    for (const isDisturbed of [false, true]) for (const one of all) await measure(one, warmSeconds, isDisturbed)
    for (let number = 1; number <= rounds; number += 1) {
      for (const one of all) {
        const calm = await measure(one, seconds, false)
        const disturbed = await measure(one, seconds, true)
        if (calm === null || disturbed === null) continue
        one.row.calm.push(calm)
        one.row.disturbed.push(disturbed)
      }
      say(`${id}: round ${number} of ${rounds}`)
    }
    for (const { row } of all) if (row.failure !== null) say(`${id}: ${row.name} has no figure: ${row.failure}`)
  } finally {
    for (const { load, subject } of all) {
      load?.stop()
      await subject?.stop()
    }
  }
  return all.map(({ row }) => row)
}
