import { NodeProcess } from '../integration/harness/node-process.ts'
import { Origin } from '../integration/harness/origin.ts'
import { openFilesMax, SlowClients } from '../integration/harness/slow-clients.ts'
import { PacedLoad, percentile } from './measuring/paced-load.ts'

/**
 * Prints the latency of requests at a steady rate through a node, alone and beside clients that each hold a connection open with half a head,
 * in turn: `node test/bench/slow-clients.ts [slow clients] [requests per second]`. The goal is a p99 within twice that of without.
 */

const SLOW = Math.min(Number(process.argv[2] ?? 5_000), openFilesMax() - 1_000)
const PER_SECOND = Number(process.argv[3] ?? 500)
const ROUNDS = 5
/** Less than the ten seconds after which the slow ones are cut off. */
const ROUND_MS = 5_000

const median = (values: number[]) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

const origin = await Origin.start('origin', (_, response) => response.end('x'.repeat(1024)))
const node = await NodeProcess.start()
const load = new PacedLoad()
const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
if (status !== 201) throw new Error(`the configuration was answered with ${status}`)

async function round(isBeside: boolean): Promise<number> {
  const slow = isBeside ? await SlowClients.connect(node.proxy, SLOW, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ') : null
  const { latencies, failed } = await load.run({ url: node.proxy, perSecond: PER_SECOND, ms: ROUND_MS })
  const left = slow?.open ?? 0
  slow?.destroy()
  const shown = [0.5, 0.99, 1].map((share) => percentile(latencies, share).toFixed(2).padStart(7))
  console.log(`${isBeside ? `beside ${left} slow clients` : 'alone'.padEnd(24)} p50 ${shown[0]}, p99 ${shown[1]}, longest ${shown[2]} ms; ${failed} failed`)
  return percentile(latencies, 0.99)
}

console.log(`${PER_SECOND} requests per second, rounds of ${ROUND_MS / 1000} s`)
await round(false)
const ratios: number[] = []
for (let index = 0; index < ROUNDS; index += 1) {
  const alone = await round(false)
  ratios.push((await round(true)) / alone)
}
console.log(`p99 beside them is ${median(ratios).toFixed(2)} × that of alone (median of ${ROUNDS} rounds; ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`)
load.stop()
await node.stop()
await origin.stop()
