import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ONE_EACH } from '../measuring/processes.ts'
import type { Circumstances } from '../measuring/rounds.ts'
import { routePrefix } from '../peers/peer.ts'
import { sluice } from '../peers/sluice.ts'
import { headOf, rowOf } from '../report/figures.ts'
import type { Findings, Section } from '../report/section.ts'
import { scenario } from './scenarios.ts'

const STREAMS = 50
const INTERVAL_MS = 25
const WORK = scenario('events', 'Events')

/** Writes the time of this process into each event. */
async function startEvents(): Promise<Server> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => response.write(`data: ${performance.now()}\n\n`), INTERVAL_MS)
    response.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** How many milliseconds after it was written each event of one stream came, for so long. */
function listen(port: number, ms: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const late: number[] = []
    const request = get({ host: '127.0.0.1', port, path: `${routePrefix(0)}events`, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`events are answered with ${response.statusCode}`))
      response.setEncoding('latin1')
      response.on('data', (text: string) => {
        const now = performance.now()
        for (const line of text.split('\n\n')) if (line !== '') late.push(now - Number(line.slice('data: '.length)))
      })
      response.on('error', () => {})
      setTimeout(() => {
        request.destroy()
        resolve(late)
      }, ms)
    })
    request.on('error', reject)
  })
}

async function measure(port: number, ms: number): Promise<number[]> {
  const streams = await Promise.all(Array.from({ length: STREAMS }, () => listen(port, ms)))
  const late = streams.flat().sort((one, other) => one - other)
  const expected = (STREAMS * ms) / INTERVAL_MS
  if (late.length < expected / 2) throw new Error(`only ${late.length} of about ${expected} events came`)
  return late
}

const at = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
const lineOf = (name: string, late: number[]) => rowOf([name, ...[0.5, 0.99, 1].map((share) => at(late, share).toFixed(2)), String(late.length)])

async function run({ folder, certificate, pace }: Circumstances): Promise<Findings> {
  const origin = await startEvents()
  const originPort = (origin.address() as AddressInfo).port
  const serving = await sluice.start({ scenario: WORK, routes: 1, workers: 1, cores: ONE_EACH.proxy, originPort, folder: join(folder, WORK.id), certificate })
  try {
    const ms = pace.isQuick ? 1_000 : 5_000
    const direct = await measure(originPort, ms)
    const through = await measure(serving.port, ms)
    const added = (share: number) => (at(through, share) - at(direct, share)).toFixed(2)
    return {
      lines: [
        ...headOf(['events', 'p50 ms', 'p99 ms', 'longest ms', 'events']),
        lineOf('from the origin', direct),
        lineOf('through Sluice', through),
        '',
        `${STREAMS} streams at once with an event every ${INTERVAL_MS} ms each, for ${ms / 1_000} s: Sluice adds ${added(0.5)} ms (p50) and ${added(0.99)} ms (p99). Origin and clients are one process on the other core.`,
      ],
      charts: [],
      participants: ['Sluice'],
    }
  } finally {
    await serving.launched.stop()
    origin.closeAllConnections()
    origin.close()
  }
}

/** Server-sent events must not wait for more of their answer. */
export const eventsSection: Section = { id: 'events', title: 'Server-sent events', chapter: 'Streams', isInQuick: true, hasNpmPeers: false, run }
