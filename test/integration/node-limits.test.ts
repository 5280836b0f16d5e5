import { type ClientHttp2Session, connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess } from './harness/node-process.ts'
import { answerHeads, RawOrigin } from './harness/raw-origin.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** Limits that the environment sets reach the sockets of the workers. */

let node: NodeProcess
let origin: RawOrigin

const ENV = {
  SLUICE_H2C: 'on',
  SLUICE_LIMIT_HEAD_BYTES: '1024',
  SLUICE_LIMIT_HEAD_FIELDS: '10',
  SLUICE_LIMIT_TARGET_BYTES: '256',
  SLUICE_LIMIT_BODY_BYTES: '1000',
  SLUICE_LIMIT_TRAILER_FIELDS: '2',
  SLUICE_LIMIT_HEAD_TIMEOUT_MS: '500',
  SLUICE_LIMIT_CONNECTION_REQUESTS: '3',
  SLUICE_LIMIT_UPSTREAM_HEAD_FIELDS: '10',
}

beforeAll(async () => {
  origin = await RawOrigin.start((connection) => {
    if (connection.text.includes('/many ')) connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${'X: y\r\n'.repeat(10)}\r\n`)
    else if (/\r\n\r\n(?:b{1000}|0\r\n(?:X: y\r\n)*\r\n)$/.test(connection.text)) connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    else answerHeads(connection)
  })
  node = await NodeProcess.start({ env: ENV })
  const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
  expect(status).toBe(201)
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const talk = async (text: string) => statusOf(await RawSocket.talk(node.proxy, text))
const head = (line: string, fields = '') => `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`

describe('over HTTP/1.1', () => {
  test('heads, fields and targets', async () => {
    expect(await talk(head('GET /', `X: ${'y'.repeat(700)}\r\n`))).toBe(200)
    expect(await talk(head('GET /', `X: ${'y'.repeat(1_000)}\r\n`))).toBe(431)
    expect(await talk(head('GET /', 'X: y\r\n'.repeat(8)))).toBe(200)
    expect(await talk(head('GET /', 'X: y\r\n'.repeat(9)))).toBe(431)
    expect(await talk(head(`GET /${'t'.repeat(255)}`))).toBe(200)
    expect(await talk(head(`GET /${'t'.repeat(256)}`))).toBe(414)
  })

  test('a body that is announced longer than it may be is 413 before any of it goes upstream', async () => {
    expect(await talk(`${head('POST /whole', 'Content-Length: 1000\r\n')}${'b'.repeat(1_000)}`)).toBe(200)
    expect(await talk(`${head('POST /announced', 'Content-Length: 1001\r\n')}${'b'.repeat(1_001)}`)).toBe(413)
    expect(origin.text).toContain('/whole')
    expect(origin.text).not.toContain('/announced')
  })

  test('a chunked body that turns out longer is 413, and never looks whole upstream', async () => {
    expect(await talk(`${head('POST /chunked', 'Transfer-Encoding: chunked\r\n')}3e9\r\n${'c'.repeat(1_001)}\r\n0\r\n\r\n`)).toBe(413)
    const sent = origin.connections.filter(({ text }) => text.includes('/chunked'))
    expect(sent.filter(({ text }) => text.includes('\r\n0\r\n'))).toEqual([])
  })

  test('more trailers than there may be are 431', async () => {
    expect(await talk(`${head('POST /few', 'Transfer-Encoding: chunked\r\n')}0\r\n${'X: y\r\n'.repeat(2)}\r\n`)).toBe(200)
    expect(await talk(`${head('POST /lot', 'Transfer-Encoding: chunked\r\n')}0\r\n${'X: y\r\n'.repeat(3)}\r\n`)).toBe(431)
  })

  test('a head that does not come in time is 408', async () => {
    expect(await talk('GET / HTTP/1.1\r\nHo')).toBe(408)
  })

  test('the last request that a connection may bring is told so', async () => {
    const client = await RawSocket.open(node.proxy)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4))
    await client.closed
    expect(client.received.match(/HTTP\/1\.1 200/g)?.length).toBe(3)
    expect(client.received.match(/^Connection: close/gm)?.length).toBe(1)
  })

  test('an upstream whose answer has more fields than it may have is 502', async () => {
    expect(await talk(head('GET /many'))).toBe(502)
  })
})

describe('over HTTP/2', () => {
  let session: ClientHttp2Session
  beforeAll(() => {
    session = connect(node.proxy)
  })
  afterAll(() => closeSession(session))

  const post = (length: number, fields: Record<string, string> = {}) => fetchHttp2(session, { ':method': 'POST', ':path': '/http2', ...fields }, Buffer.alloc(length, 'd'))

  test('a longer body is 413, announced or not', async () => {
    expect((await post(1_001, { 'content-length': '1001' })).status).toBe(413)
    expect((await post(1_001)).status).toBe(413)
  })
})

test('a value that is out of range stops the start with what is allowed', async () => {
  const { code, output } = await NodeProcess.startAndFail({ env: { SLUICE_LIMIT_HEAD_BYTES: '10' } })
  expect(code).toBe(1)
  expect(output).toContain('SLUICE_LIMIT_HEAD_BYTES must be a whole number from 1024 to 1048576 (bytes), not "10"')
})
