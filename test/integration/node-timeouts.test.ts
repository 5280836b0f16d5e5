import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { answerHeads, type RawConnection, RawOrigin } from './harness/raw-origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** How long a node waits for whom, when it tries again, and which addresses it does not go to. */

let node: NodeProcess
const origins: RawOrigin[] = []

beforeAll(async () => {
  node = await NodeProcess.start({ env: { SLUICE_ACCESS_LOG: 'stdout' } })
})
afterAll(async () => node?.stop())
afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.stop()))
})

async function startOrigin(onData?: (connection: RawConnection) => void): Promise<RawOrigin> {
  const origin = await RawOrigin.start(onData)
  origins.push(origin)
  return origin
}

async function serve(service: Record<string, unknown>, extra: Record<string, unknown> = {}): Promise<void> {
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', routes: [{ name: 'r', paths: ['/'] }], ...service }], ...extra })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

const overTargets = (service: Record<string, unknown>, ...ports: number[]) =>
  serve({ host: 'targets', ...service }, { upstreams: [{ name: 'targets', targets: ports.map((port) => ({ target: `127.0.0.1:${port}` })) }] })

/** The line of the access log for a request. */
const logged = async (requestId: unknown) =>
  JSON.parse(await node.line(`"requestId":"${String(requestId)}"`)) as { attempts: number; error: string | null; target: string; status: number }

const ask = (path = '/', method = 'GET', body?: string) => sendRaw({ base: node.proxy, path, method, ...(body === undefined ? {} : { body }) })
const TIMED_OUT = 'The upstream server is timing out'
const INVALID = 'An invalid response was received from the upstream server'

describe('connect_timeout', () => {
  test('bounds the whole way to a connection, TLS handshake included: 504', async () => {
    const silent = await startOrigin()
    await serve({ protocol: 'https', host: '127.0.0.1', port: silent.port, connect_timeout: 150, retries: 0 })
    const answer = await ask()
    expect(answer.status).toBe(504)
    expect(answer.body).toContain(TIMED_OUT)
    expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ error: 'upstream_connect_timeout', attempts: 1, status: 504 })
  })
})

describe('read_timeout', () => {
  test('bounds the wait for an answer: 504, and the request is not sent again', async () => {
    const silent = await startOrigin()
    await serve({ url: silent.url, read_timeout: 150, retries: 5 })
    const answer = await ask()
    expect(answer.status).toBe(504)
    expect(answer.body).toContain(TIMED_OUT)
    expect(silent.connections.length).toBe(1)
    expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ error: 'upstream_read_timeout', attempts: 1 })
  })

  test('bounds a pause in the body: the client is cut off', async () => {
    const origin = await startOrigin(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'))
    await serve({ url: origin.url, read_timeout: 150 })
    const received = await RawSocket.talk(node.proxy, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(received).toMatch(/^HTTP\/1\.1 200[\s\S]*part$/)
  })

  test('does not bound the whole answer: one that keeps coming may take longer', async () => {
    const origin = await startOrigin(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n')
      let pieces = 0
      const timer = setInterval(() => {
        pieces += 1
        socket.write('x')
        if (pieces === 12) clearInterval(timer)
      }, 100)
    })
    await serve({ url: origin.url, read_timeout: 1_000 })
    const answer = await ask()
    expect(answer.body).toBe('x'.repeat(12))
  })

  test('does not blame the upstream for a client that reads slowly', async () => {
    const body = Buffer.alloc(30 * 1024 * 1024, 'x')
    const origin = await startOrigin(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.byteLength}\r\n\r\n`)
      socket.write(body)
    })
    await serve({ url: origin.url, read_timeout: 2_000 })
    const client = await RawSocket.open(node.proxy)
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await client.until(/\r\n\r\n/)
    client.socket.removeAllListeners('data')
    let received = 0
    client.socket.on('data', (chunk: Buffer) => {
      received += chunk.byteLength
    })
    client.socket.pause()
    const pausedAt = performance.now()
    await until('several read_timeouts to pass', () => (performance.now() - pausedAt > 5_000 ? true : null))
    client.socket.resume()
    await client.closed
    expect(client.received.length + received).toBeGreaterThan(body.byteLength)
  })
})

describe('write_timeout', () => {
  const upload = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${50 * 1024 * 1024}\r\n\r\n`

  test('bounds the wait for an upstream that takes nothing: 504', async () => {
    const stuck = await startOrigin()
    await serve({ url: stuck.url, write_timeout: 2_000, read_timeout: 60_000, retries: 5 })
    const client = await RawSocket.open(node.proxy)
    client.write(upload)
    const connection = await until('the head upstream', () => stuck.connections[0] ?? null)
    connection.socket.pause()
    client.socket.write(Buffer.alloc(30 * 1024 * 1024, 'x'))
    await client.until(/^HTTP\/1\.1 504[\s\S]*timing out/)
    client.destroy()
    expect(stuck.connections.length).toBe(1)
  })

  test('does not blame the upstream for a client that stops in its body: 408', async () => {
    const origin = await startOrigin()
    await serve({ url: origin.url, write_timeout: 200, read_timeout: 60_000 })
    const received = await RawSocket.talk(node.proxy, `${upload}part`)
    expect(statusOf(received)).toBe(408)
  })
})

describe('another attempt', () => {
  test('is made for any method while nothing was sent, as often as retries says', async () => {
    await serve({ host: '127.0.0.1', port: 1, retries: 3 })
    const answer = await ask('/', 'POST', 'body')
    expect(answer.status).toBe(502)
    expect(answer.body).toContain(INVALID)
    expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ attempts: 4, error: 'upstream_connect_failed' })
  })

  test('goes to another target, with the whole body', async () => {
    const good = await Origin.start('good', (_, response, received) => response.end(received.body))
    await overTargets({}, 1, good.port)
    for (let index = 0; index < 4; index += 1) expect(await ask('/', 'POST', 'the body')).toMatchObject({ status: 200, body: 'the body' })
    await good.stop()
  })

  test.each(['GET', 'POST', 'PUT'])('is not made for a %s that was sent, though the upstream closed without an answer', async (method) => {
    const closing = await startOrigin(({ socket }) => socket.destroy())
    const other = await startOrigin(({ socket }) => socket.destroy())
    await overTargets({ retries: 5 }, closing.port, other.port)
    const answer = await ask('/', method, method === 'GET' ? undefined : 'body')
    expect(answer.status).toBe(502)
    expect(closing.connections.length + other.connections.length).toBe(1)
  })

  test('is not made for a POST that was partly sent', async () => {
    const half = await startOrigin(({ socket, text }) => {
      if (text.includes('first')) socket.destroy()
    })
    await serve({ url: half.url, retries: 5, routes: [{ name: 'r', paths: ['/'], request_buffering: false }] })
    const client = await RawSocket.open(node.proxy)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nfirst')
    await client.until(/^HTTP\/1\.1 502/)
    client.destroy()
    expect(half.connections.length).toBe(1)
  })
})

describe('kept connections', () => {
  test('carry one request after another, over a change of configuration too', async () => {
    const origin = await startOrigin(answerHeads)
    await serve({ url: origin.url })
    for (let index = 0; index < 5; index += 1) expect((await ask()).status).toBe(200)
    await serve({ url: origin.url, read_timeout: 5_000 })
    expect((await ask()).status).toBe(200)
    expect(origin.connections.length).toBe(1)
  })

  /** Answers the first request of each connection and drops the second, as a server does whose idle time ran out just then. */
  const forgetful = () =>
    startOrigin((connection) => {
      const heads = connection.text.split('\r\n\r\n').length - 1
      if (heads > 1) connection.socket.destroy()
      else if (heads === 1) connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })

  test('that had died cost a GET nothing, even with retries 0', async () => {
    const origin = await forgetful()
    await serve({ url: origin.url, retries: 0 })
    for (let index = 0; index < 4; index += 1) expect((await ask()).status).toBe(200)
  })

  test('that had died do not make a POST be sent twice', async () => {
    const origin = await forgetful()
    await serve({ url: origin.url, retries: 5 })
    expect((await ask()).status).toBe(200)
    expect((await ask('/', 'POST', 'once')).status).toBe(502)
    expect(origin.text.match(/once/g)?.length ?? 0).toBeLessThanOrEqual(1)
  })
})

describe('addresses', () => {
  test('a name without an address is a 503, at once and without further attempts', async () => {
    await serve({ host: 'no-such-name.invalid', retries: 5 })
    const answer = await ask()
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ message: 'name resolution failed' })
    expect(answer.headers['x-sluice-response-latency']).toMatch(/^\d+$/)
    expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ attempts: 1, error: 'name_resolution_failed' })
  })

  test.each(['169.254.169.254', '169.254.1.1', '0.0.0.0', '100.100.100.200', '[fe80::1]', '[fd00:ec2::254]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[::]'])(
    '%s is not gone to',
    async (host) => {
      await serve({ host, connect_timeout: 500 })
      const answer = await ask()
      expect(answer.status).toBe(503)
      expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ error: 'upstream_address_refused' })
    },
  )

  test('an IPv6 address is gone to, with brackets in Host', async () => {
    await serve({ url: 'http://[::1]:1/', retries: 0 })
    const answer = await ask()
    expect(answer.status).toBe(502)
    expect(await logged(answer.headers['x-sluice-request-id'])).toMatchObject({ error: 'upstream_connect_failed', target: '[::1]:1' })
  })

  test('private ranges can be refused, by address and by what a name resolves to, but for those that are allowed', async () => {
    const origin = await startOrigin(answerHeads)
    const strict = await NodeProcess.start({ env: { SLUICE_ALLOW_PRIVATE_UPSTREAMS: 'off' } })
    const allowing = await NodeProcess.start({ env: { SLUICE_ALLOW_PRIVATE_UPSTREAMS: 'off', SLUICE_UPSTREAM_ALLOW: '127.0.0.1/32' } })
    const routes = (host: string) => ({ _format_version: '3.0', services: [{ name: 's', host, port: origin.port, routes: [{ paths: ['/'] }] }] })
    for (const host of ['127.0.0.1', 'localhost', '10.0.0.1']) {
      await strict.postConfig(routes(host))
      expect((await sendRaw({ base: strict.proxy, path: '/' })).status, host).toBe(503)
    }
    await allowing.postConfig(routes('127.0.0.1'))
    expect((await sendRaw({ base: allowing.proxy, path: '/' })).status).toBe(200)
    await strict.stop()
    await allowing.stop()
  })
})

test('a client that left is 499 in the log, and no failure of the upstream', async () => {
  const silent = await startOrigin()
  await serve({ url: silent.url })
  const client = await RawSocket.open(node.proxy)
  client.write('GET /left HTTP/1.1\r\nHost: a\r\n\r\n')
  await until('the request upstream', () => silent.connections[0] ?? null)
  client.destroy()
  const line = await node.line('"path":"/left"')
  expect(JSON.parse(line)).toMatchObject({ status: 499, error: 'client_gone', attempts: 1 })
})
