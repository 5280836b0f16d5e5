import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { openFilesMax, SlowClients } from './harness/slow-clients.ts'
import { SteadyLoad } from './harness/steady-load.ts'

/** Clients that hold connections open and say next to nothing: they are many, they go, and nobody else is worse off. How much slower others get is measured by `npm run bench -- peers --only slow-heads`. */

const MANY = Math.min(5_000, openFilesMax() - 1_000)
const HALF_A_HEAD = 'GET /slow HTTP/1.1\r\nHost: a\r\nX-Slow: '
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
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
const untilMetric = (what: string, name: string, fits: (value: number) => boolean) =>
  until(`${what} in the metrics`, async () => (fits(await metric(name)) ? true : null), GONE_TIMEOUT_MS)

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
  // A slow machine takes so long to connect them all that the first are gone by then.
  const [slow] = await Promise.all([connectSlow(MANY, HALF_A_HEAD), untilMetric('very many of them', 'sluice_connections ', (count) => count >= Math.min(MANY, 1_000))])
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

test.concurrent('clients of HTTP/2 that say nothing and do not close when they are told to are cut off', async () => {
  const http2 = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
  const count = async () => Number(/^sluice_connections (\d+)$/m.exec(await (await fetch(`${http2.status}/metrics`)).text())?.[1])
  const sockets = Array.from({ length: 50 }, () => {
    const socket = connect({ port: Number(new URL(http2.proxy).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    socket.resume()
    socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS]))
    return socket
  })
  await until('all of them', async () => ((await count()) === sockets.length ? true : null))
  await until('none of them', async () => ((await count()) === 0 ? true : null), GONE_TIMEOUT_MS)
  for (const socket of sockets) socket.destroy()
  await http2.stop()
})
