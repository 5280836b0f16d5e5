import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Copies of requests that go to another place, through a node. */

let node: NodeProcess
let origin: Origin
let mirror: Origin
/** False: the mirror leaves its answers open. */
let answers = true
let open: ServerResponse[] = []

beforeAll(async () => {
  origin = await Origin.start('origin')
  mirror = await Origin.start('mirror', (_, response) => {
    if (answers) response.writeHead(500).end('broken')
    else open.push(response)
  })
  node = await NodeProcess.start({ env: { SLUICE_ACCESS_LOG: 'stdout' } })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
  await mirror?.stop()
})
beforeEach(() => {
  answers = true
  for (const response of open) response.destroy()
  open = []
  origin.received.length = 0
  mirror.received.length = 0
})

async function serve(config: Record<string, unknown> = {}, more: Record<string, unknown> = {}, plugins: unknown[] = []): Promise<void> {
  const plugin = { name: 'mirror', config: { host: '127.0.0.1', port: mirror.port, ...config } }
  const routes = [{ name: 'r', paths: ['/'], request_buffering: true, plugins: [plugin, ...plugins], ...more }]
  const applied = await node.postConfig({ _format_version: '3.0', services: [{ name: 's', url: `${origin.url}/base`, routes }] })
  if (applied.status !== 201) throw new Error(JSON.stringify(applied.body))
}

const ask = (path: string, more: { method?: string; headers?: string[]; body?: string } = {}) => sendRaw({ base: node.proxy, path, ...more })
const copies = (count: number) => until(`${count} copies`, () => (mirror.received.length >= count ? mirror.received : null))

test('a copy is the request as it goes upstream, marked, and its answer is for nobody', async () => {
  await serve({ remove_headers: ['Authorization'] })
  const answer = await ask('/x?a=1', { method: 'POST', body: 'hello', headers: ['Authorization', 'secret-of-test', 'X-Own', 'a'] })
  expect(answer).toMatchObject({ status: 200, body: 'origin' })
  const [copy] = await copies(1)
  expect(copy).toMatchObject({ method: 'POST', url: '/base/x?a=1', body: 'hello' })
  expect(copy?.headers).toMatchObject({ 'x-own': 'a', 'x-sluice-mirror': 'true', 'content-length': '5', host: `127.0.0.1:${mirror.port}` })
  expect(copy?.headers.authorization).toBeUndefined()
  expect(origin.received.map(({ headers }) => [headers.authorization, headers['x-sluice-mirror']])).toEqual([['secret-of-test', undefined]])
})

test('a body that streams is copied when it is whole', async () => {
  await serve({ path: '/other' }, { request_buffering: false })
  const client = await RawSocket.open(node.proxy)
  client.write('PUT /y HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  client.write('6\r\n world\r\n0\r\n\r\n')
  await client.closed
  expect(client.received).toMatch(/^HTTP\/1\.1 200 [\s\S]*origin/)
  const [copy] = await copies(1)
  expect(copy).toMatchObject({ method: 'PUT', url: '/other/y', body: 'hello world' })
})

test('a body that is too long is not copied, and goes upstream whole', async () => {
  await serve({ max_body_size: 10 }, { request_buffering: false })
  await ask('/long', { method: 'POST', body: 'x'.repeat(100_000) })
  await serve({ max_body_size: 10 })
  await ask('/long', { method: 'POST', body: 'x'.repeat(11) })
  await ask('/short')
  expect((await copies(1)).map(({ url }) => url)).toEqual(['/base/short'])
  expect(origin.received.map(({ body }) => body.length)).toEqual([100_000, 11, 0])
  expect(await node.line('"mirror":"dropped"')).toContain('/long')
})

test('a mirror that does not answer delays nobody, and further requests are not copied', async () => {
  await serve({ max_in_flight: 2, timeout: 60_000 })
  answers = false
  for (let round = 0; round < 5; round++) expect((await ask('/')).body).toBe('origin')
  await until('two copies', () => (open.length === 2 ? true : null))
  expect(mirror.received.length).toBe(2)
})

test('a copy that lasts too long is given up, and there is room for another', async () => {
  await serve({ max_in_flight: 1, timeout: 50 })
  answers = false
  await ask('/first')
  const first = await until('the first copy', () => open[0] ?? null)
  await until('its end', () => (first.destroyed || first.closed ? true : null))
  await until('another copy', async () => {
    await ask('/next')
    return mirror.received.length > 1 ? true : null
  })
})

test('a mirror that is not there is no failure of anybody', async () => {
  await serve({ port: 1 })
  for (let round = 0; round < 3; round++) expect((await ask('/')).body).toBe('origin')
})

test('what does not go upstream has no copy', async () => {
  await serve({ max_in_flight: 1 }, {}, [{ name: 'request-termination', config: { status_code: 403 } }])
  for (let round = 0; round < 3; round++) expect((await ask('/')).status).toBe(403)
  await serve({ max_in_flight: 1 })
  await ask('/after')
  expect((await copies(1)).map(({ url }) => url)).toEqual(['/base/after'])
})

test('metrics count the requests alone', async () => {
  await serve({}, { name: 'counted' })
  const counted = async () => {
    const text = await (await fetch(`${node.status}/metrics`)).text()
    return [...text.matchAll(/^sluice_http_requests_total\{[^}]*route="counted",code="(\d+)"[^}]*\} (\d+)$/gm)].map(([, code, count]) => `${code}: ${count}`)
  }
  for (let round = 0; round < 4; round++) await ask('/')
  await copies(4)
  await until('four requests', async () => ((await counted()).includes('200: 4') ? true : null))
  await ask('/')
  await copies(5)
  await until('one more', async () => ((await counted()).includes('200: 5') ? true : null))
  expect(await counted()).toEqual(['200: 5'])
})
