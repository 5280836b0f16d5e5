import { fork } from 'node:child_process'
import { Agent, get } from 'node:http'

/** Requests at a steady rate over kept connections, from a process of their own, so that what else the bench does is not measured. */

export interface PacedResult {
  /** Sorted, in milliseconds, from when a request was due: a load that waits for answers would not see a stop. */
  latencies: number[]
  failed: number
}

export interface PacedRound {
  url: string
  perSecond: number
  ms: number
}

const CONNECTIONS_MAX = 64
const AS_PROCESS = 'paced-load'

export class PacedLoad {
  readonly #child = fork(import.meta.filename, [AS_PROCESS])

  run(round: PacedRound): Promise<PacedResult> {
    return new Promise((resolve) => {
      this.#child.once('message', (result) => resolve(result as PacedResult))
      this.#child.send(round)
    })
  }

  stop(): void {
    this.#child.kill()
  }
}

/** The value below which a share of sorted values lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}

function send({ url, perSecond, ms }: PacedRound, agent: Agent): Promise<PacedResult> {
  const total = Math.floor((perSecond * ms) / 1000)
  const startedAt = performance.now()
  const latencies: number[] = []
  let failed = 0
  let sent = 0
  return new Promise((resolve) => {
    const settle = (dueAt: number, isGood: boolean) => {
      if (isGood) latencies.push(performance.now() - dueAt)
      else failed += 1
      if (latencies.length + failed === total) resolve({ latencies: latencies.sort((a, b) => a - b), failed })
    }
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1000))
      for (; sent < due; sent += 1) {
        const dueAt = startedAt + ((sent + 1) * 1000) / perSecond
        const request = get(url, { agent }, (response) => {
          response.resume()
          response.once('end', () => settle(dueAt, response.statusCode === 200))
        })
        request.once('error', () => settle(dueAt, false))
      }
      if (sent === total) clearInterval(timer)
    }, 1)
  })
}

if (process.argv[2] === AS_PROCESS) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX })
  process.on('message', (round) => void send(round as PacedRound, agent).then((result) => process.send?.(result)))
}
