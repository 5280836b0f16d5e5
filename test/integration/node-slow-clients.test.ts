import { afterAll, beforeAll, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { openFilesMax, SlowClients } from './harness/slow-clients.ts'
import { SteadyLoad } from './harness/steady-load.ts'

/** Clients that hold connections open and say next to nothing: they are many, they go, and nobody else is worse off. How much slower others get is measured by test/bench/slow-clients.ts. */

const MANY = Math.min(5_000, openFilesMax() - 1_000)
const HALF_A_HEAD = 'GET /slow HTTP/1.1\r\nHost: a\r\nX-Slow: '
/** Well above the ten seconds in which a head must be there. */
const GONE_TIMEOUT_MS = 60_000

let node: NodeProcess
let origin: Origin
/** They wait for the same ten seconds side by side. */
const opened: { destroy(): void }[] = []

beforeAll(async () => {
  origin = await Origin.start('origin')
  node = await NodeProcess.start()
  const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
  expect(status).toBe(201)
})
afterAll(async () => {
  for (const slow of opened) slow.destroy()
  await node?.stop()
  await origin?.stop()
})

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${node.status}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
const untilMetric = (what: string, name: string, fits: (value: number) => boolean) => until(`${what} in the metrics`, async () => (fits(await metric(name)) ? true : null))

async function connectSlow(count: number, begun: string): Promise<SlowClients> {
  const slow = await SlowClients.connect(node.proxy, count, begun)
  opened.push(slow)
  return slow
}

const untilGone = (slow: SlowClients, meanwhile = () => {}) =>
  until(
    'the slow ones to be gone',
    () => {
      meanwhile()
      return slow.open === 0 ? true : null
    },
    GONE_TIMEOUT_MS,
  )

test.concurrent(`${MANY} clients with half a head: everybody else is answered, they are gone after the head timeout, and the metrics tell`, async () => {
  const load = new SteadyLoad({ urls: [`${node.proxy}/`], perSecond: 100 })
  const slow = await connectSlow(MANY, HALF_A_HEAD)
  // Where it takes long to connect them all, the first are gone by then.
  await untilMetric('very many of them', 'sluice_connections ', (count) => count >= Math.min(MANY, 2_000))
  // Not everybody comes over a connection that was there before.
  for (let index = 0; index < 20; index += 1) expect((await fetch(node.proxy, { headers: { connection: 'close' } })).status).toBe(200)
  await untilGone(slow)
  const result = await load.stop()
  expect(result.failures).toEqual({})
  expect(slow.statuses).toEqual({ 408: MANY })
  await untilMetric('their answers', 'sluice_http_requests_total{service="",route="",code="408"', (count) => count >= MANY)
  await untilMetric('no connection left', 'sluice_connections ', (count) => count < 100)
})

test.concurrent('a byte now and then buys no time', async () => {
  const slow = await connectSlow(200, HALF_A_HEAD)
  await untilGone(slow, () => slow.send('x'))
})

test.concurrent('neither does silence from the beginning', async () => {
  const slow = await connectSlow(200, '')
  await untilGone(slow)
  expect(slow.statuses).toEqual({ 0: 200 })
})
