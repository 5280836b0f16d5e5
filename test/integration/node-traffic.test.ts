import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'

let node: NodeProcess
let stable: Origin
let canary: Origin

beforeAll(async () => {
  stable = await Origin.start('stable')
  canary = await Origin.start('canary')
  node = await NodeProcess.start({ env: { SLUICE_WORKERS: '2' } })
})
afterAll(async () => {
  await node?.stop()
  await stable?.stop()
  await canary?.stop()
})

interface Load {
  total: number
  connections: number
  path: string
  headers?(index: number): Record<string, string>
}

interface Answer {
  status: number
  body: string
  /** Which worker answered, where the route tells. */
  worker: string
}

/** Sends `total` requests over `connections` kept connections; gives status and body of each, in order. */
async function load({ total, connections, path, headers }: Load): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(node.proxy)
  const one = (index: number) =>
    new Promise<Answer>((resolve, reject) => {
      const outgoing = httpRequest({ hostname, port, path, agent, headers: headers?.(index) ?? {} }, (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString()
        })
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body, worker: String(response.headers['x-worker']).split('#')[0] ?? '' }))
      })
      outgoing.once('error', reject)
      outgoing.end()
    })
  const answers = await Promise.all(Array.from({ length: total }, (_, index) => one(index)))
  agent.destroy()
  return answers
}

const service = (name: string, extra: Record<string, unknown> = {}) => ({ name, url: stable.url, routes: [{ name, paths: [`/${name}`] }], ...extra })

async function apply(...services: unknown[]): Promise<void> {
  const upstreams = [{ name: 'canary-upstream', targets: [{ target: `127.0.0.1:${canary.port}` }] }]
  const { status, body } = await node.postConfig({ _format_version: '3.0', services, upstreams })
  if (status !== 201) throw new Error(JSON.stringify(body.issues))
}

describe('rate limiting over two workers', () => {
  /** Waits until a UTC minute has at least 35 s left, so that the load stays in one. */
  const untilEarlyInMinute = () => until('the first 25 s of a UTC minute', () => (new Date().getUTCSeconds() < 25 ? true : null), 61_000)

  test('exactly 1,000 of 1,400 requests over 64 connections pass a limit of 1,000 a minute, and both workers took part', async () => {
    const workers = ((await (await fetch(`${node.status}/status`)).json()) as { workers: number }).workers
    expect(workers).toBe(2)
    // The prefix of an id of the generator uuid#counter is made once in each worker.
    const tracked = { name: 'correlation-id', config: { header_name: 'x-worker', generator: 'uuid#counter', echo_downstream: true } }
    await apply(service('limited', { plugins: [{ name: 'rate-limiting', config: { minute: 1_000, limit_by: 'service' } }, tracked] }))
    await untilEarlyInMinute()
    const minute = new Date().getUTCMinutes()
    const answers = await load({ total: 1_400, connections: 64, path: '/limited' })
    expect(new Date().getUTCMinutes()).toBe(minute)
    expect(answers.filter(({ status }) => status === 200).length).toBe(1_000)
    expect(answers.filter(({ status }) => status === 429).length).toBe(400)
    const shares = new Map<string, number>()
    for (const { worker } of answers) shares.set(worker, (shares.get(worker) ?? 0) + 1)
    expect(shares.size).toBe(2)
    for (const share of shares.values()) expect(share).toBeGreaterThan(100)
  })
})

describe('a canary', () => {
  const at = (percentage: number) =>
    service('orders', { plugins: [{ name: 'canary', config: { hash: 'header', hash_header: 'x-visitor', percentage, upstream_host: 'canary-upstream' } }] })
  const visit = async () => (await load({ total: 2_000, connections: 32, path: '/orders', headers: (index) => ({ 'x-visitor': `visitor-${index}` }) })).map(({ body }) => body)

  test('takes 25 ± 3 % of 2,000 distinct values, and at 50 % takes nobody back', async () => {
    await apply(at(25))
    const first = await visit()
    const share = first.filter((body) => body === 'canary').length / first.length
    expect(share).toBeGreaterThan(0.22)
    expect(share).toBeLessThan(0.28)
    await apply(at(50))
    const second = await visit()
    expect(first.every((body, index) => body === 'stable' || second[index] === 'canary')).toBe(true)
    expect(second.filter((body) => body === 'canary').length).toBeGreaterThan(first.filter((body) => body === 'canary').length)
  })
})

describe('a change of configuration', () => {
  test('fails no request: 40 changes under load, every answer is one that some revision gives', async () => {
    await apply(service('steady'))
    let isChanging = true
    const changing = (async () => {
      for (let round = 0; round < 40; round += 1) await apply(service('steady'), service(`other-${round}`))
      isChanging = false
    })()
    const statuses = new Map<number, number>()
    while (isChanging) for (const { status } of await load({ total: 50, connections: 8, path: '/steady' })) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    await changing
    expect([...statuses.keys()]).toEqual([200])
  })
})

describe('upstreams', () => {
  test('targets get their share by weight, and weight 0 gets nothing', async () => {
    const targets = [
      { target: `127.0.0.1:${stable.port}`, weight: 30 },
      { target: `127.0.0.1:${canary.port}`, weight: 10 },
      { target: '127.0.0.1:9', weight: 0 },
    ]
    const { status } = await node.postConfig({
      _format_version: '3.0',
      upstreams: [{ name: 'weighted', targets }],
      services: [{ name: 'w', host: 'weighted', routes: [{ paths: ['/w'] }] }],
    })
    expect(status).toBe(201)
    const answers = await load({ total: 400, connections: 1, path: '/w' })
    expect(answers.filter(({ body }) => body === 'stable').length).toBe(300)
  })

  test('an attempt at a target that refuses goes on to another', async () => {
    const targets = [{ target: '127.0.0.1:1' }, { target: `127.0.0.1:${stable.port}` }]
    await node.postConfig({ _format_version: '3.0', upstreams: [{ name: 'half-dead', targets }], services: [{ name: 'h', host: 'half-dead', routes: [{ paths: ['/h'] }] }] })
    const answers = await load({ total: 20, connections: 1, path: '/h' })
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('an upstream without targets answers 503 at once', async () => {
    await node.postConfig({ _format_version: '3.0', upstreams: [{ name: 'empty' }], services: [{ name: 'e', host: 'empty', routes: [{ paths: ['/e'] }] }] })
    const answer = await sendRaw({ base: node.proxy, path: '/e' })
    expect(answer.status).toBe(503)
    expect(answer.body).toContain('failure to get a peer from the ring-balancer')
  })

  test('a link-local address is refused after the configuration was accepted', async () => {
    await node.postConfig({ _format_version: '3.0', services: [{ name: 'metadata', url: 'http://169.254.169.254', routes: [{ paths: ['/m'] }] }] })
    expect((await sendRaw({ base: node.proxy, path: '/m' })).status).toBe(503)
  })

  test('an answer that takes longer than read_timeout is a 504', async () => {
    const slow = await Origin.start('slow', () => {})
    await node.postConfig({ _format_version: '3.0', services: [{ name: 'slow', url: slow.url, read_timeout: 100, retries: 0, routes: [{ paths: ['/slow'] }] }] })
    const answer = await sendRaw({ base: node.proxy, path: '/slow' })
    await slow.stop()
    expect(answer.status).toBe(504)
    expect(answer.body).toContain('The upstream server is timing out')
  })

  test('an answer that breaks off aborts the client instead of looking finished', async () => {
    const broken = await Origin.start('broken', (_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('part')
      setImmediate(() => response.destroy())
    })
    await node.postConfig({ _format_version: '3.0', services: [{ name: 'broken', url: broken.url, routes: [{ paths: ['/broken'] }] }] })
    await expect(sendRaw({ base: node.proxy, path: '/broken' })).rejects.toThrow()
    await broken.stop()
  })
})

describe('connections', () => {
  test('a WebSocket is relayed both ways', async () => {
    const sockets = new WebSocketServer({ server: stable.server })
    sockets.on('connection', (socket) => socket.on('message', (message) => socket.send(`echo ${message.toString()}`)))
    await apply(service('socket'))
    const client = new WebSocket(`${node.proxy.replace('http', 'ws')}/socket`)
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject))
    const answered = new Promise<string>((resolve) => client.once('message', (message) => resolve(message.toString())))
    client.send('hello')
    expect(await answered).toBe('echo hello')
    client.terminate()
    sockets.close()
  })

  test('a large body streams through unchanged', async () => {
    await apply(service('large'))
    const body = 'x'.repeat(5_000_000)
    const before = stable.received.length
    await sendRaw({ base: node.proxy, method: 'POST', path: '/large', body })
    expect(stable.received[before]?.body.length).toBe(body.length)
  })

  test.each([
    ['two Host fields', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['Content-Length beside Transfer-Encoding', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n', 400],
    ['a path that leaves the root', 'GET /a/../../b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['a head that is too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['a target that is too long', `GET /${'y'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ])('%s is refused', async (_, text, status) => {
    const { hostname, port } = new URL(node.proxy)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(text))
      socket.once('data', (chunk) => {
        resolve(chunk.toString())
        socket.destroy()
      })
      socket.once('error', reject)
    })
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status}`)
  })
})

test('metrics name what happened', async () => {
  await apply(service('counted'))
  await sendRaw({ base: node.proxy, path: '/counted' })
  await until('the request in the metrics', async () =>
    (await (await fetch(`${node.status}/metrics`)).text()).includes('sluice_http_requests_total{service="counted",route="counted",code="200",variant="stable"} 1') ? true : null,
  )
})

test('metrics tell how long a worker was busy with one thing', async () => {
  await until('a report of the workers', async () => (/^sluice_event_loop_lag_ms [\d.]+$/m.test(await (await fetch(`${node.status}/metrics`)).text()) ? true : null))
})
