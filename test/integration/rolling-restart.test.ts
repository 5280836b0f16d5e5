import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDataDir, NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { SteadyLoad } from './harness/steady-load.ts'
import { type Backend, TcpBalancer } from './harness/tcp-balancer.ts'

/** Two nodes behind a balancer are restarted one after the other, as at every update: nobody notices. */

/** Also run by hand with more: `RESTART_REQUESTS_PER_SECOND=1000`. */
const PER_SECOND = Number(process.env.RESTART_REQUESTS_PER_SECOND ?? 360)
const NEW_PER_SECOND = Math.min(60, PER_SECOND / 6)
const KEPT_PER_SECOND = PER_SECOND - NEW_PER_SECOND
/** So few that each carries many requests in the time that a draining node gives idle ones. */
const KEPT_CONNECTIONS = 12

let origin: Origin
let balancer: TcpBalancer
const nodes: NodeProcess[] = []
const backends: Backend[] = []
/** Answers that the origin has begun and does not end before it is told to. */
const held: ServerResponse[] = []

beforeAll(async () => {
  origin = await Origin.start('origin', (request, response) => {
    if (!request.url?.startsWith('/held')) return response.end('whole')
    response.write('first ')
    held.push(response)
  })
  for (let index = 0; index < 2; index += 1) {
    const node = await NodeProcess.start({ dataDir: makeDataDir(), env: { SLUICE_WORKERS: '2' } })
    const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
    expect(status).toBe(201)
    nodes.push(node)
    backends.push({ proxy: node.proxy, status: node.status })
  }
  balancer = await TcpBalancer.start(backends)
  await untilReady(0)
  await untilReady(1)
})
afterAll(async () => {
  await balancer?.stop()
  await Promise.all(nodes.map((node) => node.stop()))
  await origin?.stop()
})

const untilReady = (index: number) => until(`node ${index} to be ready`, () => (balancer.isReady(backends[index] as Backend) ? true : null))
const untilOut = (index: number) => until(`node ${index} to be out`, () => (balancer.isReady(backends[index] as Backend) ? null : true))
const untilMore = (load: SteadyLoad, count: number) => {
  const before = load.succeeded
  return until(`${count} more answers`, () => (load.succeeded >= before + count ? true : null), 30_000)
}

/** An answer that has begun and is still on its way through one node. */
async function askHeld(node: NodeProcess): Promise<{ end(): Promise<string> }> {
  const count = held.length
  const answer = await fetch(`${node.proxy}/held`)
  await until('the held answer', () => (held.length > count ? true : null))
  return {
    end: () => {
      held[count]?.end('last')
      return answer.text()
    },
  }
}

async function restart(index: number): Promise<void> {
  const node = nodes[index] as NodeProcess
  const running = await askHeld(node)
  const stopped = node.stop({ keepData: true })
  await untilOut(index)
  expect(await running.end()).toBe('first last')
  await stopped
  const next = await NodeProcess.start({ dataDir: node.dataDir, env: { SLUICE_WORKERS: '2' } })
  nodes[index] = next
  Object.assign(backends[index] as Backend, { proxy: next.proxy, status: next.status })
  await untilReady(index)
}

test('no request is lost, over kept connections and over new ones, and what runs comes to its end', async () => {
  const loads = [
    new SteadyLoad({ urls: [`${balancer.url}/kept`], perSecond: KEPT_PER_SECOND, connectionsMax: KEPT_CONNECTIONS }),
    new SteadyLoad({ urls: [`${balancer.url}/new`], perSecond: NEW_PER_SECOND, isReconnecting: true }),
  ]
  for (const index of [0, 1]) {
    for (const load of loads) await untilMore(load, 50)
    const before = [...balancer.counts]
    await restart(index)
    // The one that is back takes its share.
    await until('new connections to it', () => ((balancer.counts[index] ?? 0) > (before[index] ?? 0) + 5 ? true : null))
  }
  for (const load of loads) await untilMore(load, 50)
  const results = await Promise.all(loads.map((load) => load.stop()))
  expect(results.map(({ failures }) => failures)).toEqual([{}, {}])
  expect(balancer.broken).toEqual([])
  console.log(`${results.map(({ sent }) => sent).join(' and ')} requests, connections by node: ${balancer.counts.join(' and ')}`)
})
