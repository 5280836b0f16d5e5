import { connect } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'
import { RedisProcess } from './harness/redis-process.ts'

/** An answer that costs too much loses its body and nothing else: what follows on the connection is read rightly. */

let node: NodeProcess
let origin: Origin
let redis: RedisProcess
/** Answers that the upstream has not ended. */
let unfinished = 0

beforeAll(async () => {
  redis = await RedisProcess.start()
  origin = await Origin.start('costly', (_, response, { url }) => {
    response.setHeader('content-type', 'text/plain')
    if (url !== '/free') response.setHeader('X-Kong-Limit', 'video=1')
    if (url === '/chunks') {
      response.write('part')
      response.end('part')
    } else if (url === '/endless') {
      unfinished += 1
      response.once('close', () => {
        unfinished -= 1
      })
      response.write('part')
    } else if (url === '/none') {
      response.statusCode = 204
      response.end()
    } else response.end('whole')
  })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
})
afterAll(async () => {
  await Promise.all([node?.stop(), origin?.stop(), redis?.stop()])
})

let run = 0
/** A plugin whose limit is used up. */
async function serve(config: Record<string, unknown> = {}): Promise<void> {
  run += 1
  const plugins = [{ name: 'response-ratelimiting', config: { limits: { video: { year: 1 } }, ...config } }]
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: `s${run}`, url: origin.url, routes: [{ name: `r${run}`, paths: ['/'], plugins }] }] })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(200)
}

const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`

test.each(['/whole', '/chunks', '/endless', '/none'])('%s becomes 429 with the head of the upstream, and the next answer follows on the connection', async (path) => {
  await serve()
  const client = await RawSocket.open(node.proxy)
  client.write(get(path))
  const head = await client.until(/\r\n\r\n/)
  expect(head).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/)
  expect(head).toMatch(/\r\nContent-Length: 0\r\n/)
  expect(head).not.toMatch(/transfer-encoding|x-kong-limit/i)
  if (path !== '/none') expect(head).toMatch(/\r\ncontent-type: text\/plain\r\n/i)
  client.write(get('/free'))
  const both = await client.until(/whole$/)
  expect(both.slice(head.length)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  client.destroy()
})

test('an upstream that goes on writing is left', async () => {
  await until('the upstream to be left', () => (unfinished === 0 ? true : null))
})

test('HEAD has no body to lose, and HTTP/2 ends its stream', async () => {
  await serve()
  expect(await RawSocket.talk(node.proxy, get('/whole', 'HEAD').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toMatch(/^HTTP\/1\.1 429 [\s\S]*\r\n\r\n$/)
  const session = connect(node.proxy)
  const answer = await fetchHttp2(session, { ':path': '/chunks' })
  expect(answer.headers[':status']).toBe(429)
  expect(String(answer.body)).toBe('')
  await closeSession(session)
})

test('through Redis what one answer cost is known to the next request', async () => {
  await serve({ policy: 'redis', redis: redis.config })
  const status = async () => (await sendRaw({ base: node.proxy, path: '/' })).status
  await until('the cost to be known', async () => ((await status()) === 429 ? true : null))
  expect((await sendRaw({ base: node.proxy, path: '/free' })).headers['x-ratelimit-remaining-video-year']).toBe('0')
  await redis.kill()
  const answer = await sendRaw({ base: node.proxy, path: '/' })
  expect([answer.status, answer.headers['x-ratelimit-remaining-video-year']]).toEqual([200, undefined])
})
