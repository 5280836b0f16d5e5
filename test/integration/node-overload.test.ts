import { afterAll, beforeAll, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

/** A node that is short of memory: one percent of 256 MiB is passed by what the node needs for itself. */

let node: NodeProcess
let origin: Origin

beforeAll(async () => {
  origin = await Origin.start('origin', (_, response) => response.end('from the origin'))
  node = await NodeProcess.start({ env: { SLUICE_SHED_HEAP_PERCENT: '1', NODE_OPTIONS: '--max-old-space-size=256' } })
  const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
  expect(status).toBe(201)
  await until('the first look at the heap', async () => ((await fetch(node.proxy)).status === 503 ? true : null))
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

test('new requests are answered at once with 503 and when to come again, in the form of every error', async () => {
  const response = await fetch(`${node.proxy}/orders`, { method: 'POST', body: 'x'.repeat(100_000) })
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
  expect(response.headers.get('server')).toBe('sluice')
  expect(await response.json()).toEqual({ message: 'The server is overloaded', request_id: response.headers.get('x-sluice-request-id') })
})

test('the connection is kept: a client need not shake hands again to be told the same', async () => {
  const before = await fetch(node.proxy)
  await before.text()
  expect(before.headers.get('connection')).not.toBe('close')
})

test('the node is alive and ready, takes configurations, and counts what it shed', async () => {
  expect((await fetch(`${node.status}/livez`)).status).toBe(200)
  expect((await fetch(`${node.status}/readyz`)).status).toBe(200)
  expect((await node.postConfig({ _format_version: '3.0', services: [] })).status).toBe(201)
  const count = await until('the metric', async () => {
    const shed = /^sluice_requests_shed_total (\d+)$/m.exec(await (await fetch(`${node.status}/metrics`)).text())
    return Number(shed?.[1] ?? 0) >= 3 ? Number(shed?.[1]) : null
  })
  expect(count).toBeGreaterThanOrEqual(3)
})
