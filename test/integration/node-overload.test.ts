import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** One percent of 256 MiB is passed by what the node needs for itself. */
describe('a node that is short of memory', () => {
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
      const shed = /^sluice_requests_shed_total\{reason="heap"\} (\d+)$/m.exec(await (await fetch(`${node.status}/metrics`)).text())
      return Number(shed?.[1] ?? 0) >= 3 ? Number(shed?.[1]) : null
    })
    expect(count).toBeGreaterThanOrEqual(3)
  })
})

describe('a worker that is behind with its work', () => {
  let node: NodeProcess
  const metric = async (reason: string) => {
    const text = await (await fetch(`${node.status}/metrics`)).text()
    return Number(new RegExp(`^sluice_requests_shed_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1])
  }

  beforeAll(async () => {
    node = await NodeProcess.start({ env: { SLUICE_SHED_LOOP_LAG_MS: '20' } })
    expect((await node.postConfig({ _format_version: '3.0', services: [] })).status).toBe(201)
  })
  afterAll(() => node?.stop())

  test('sheds new requests, and takes them again when it has caught up', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawSocket.open(node.proxy)))
    // Thousands of requests that are there already keep the loop from its timers.
    const flood = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000)
    await until(
      'a request that is shed',
      async () => {
        for (const client of clients) {
          client.received = client.received.slice(-1_000)
          client.write(flood)
        }
        return (await metric('loop')) > 0 ? true : null
      },
      60_000,
    )
    for (const client of clients) client.destroy()
    await until('an answer of the route', async () => ((await fetch(node.proxy)).status === 404 ? true : null), 60_000)
    expect(await metric('heap')).toBe(0)
  })
})
