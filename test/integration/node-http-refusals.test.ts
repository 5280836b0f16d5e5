import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { answerHeads, RawOrigin } from './harness/raw-origin.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** Which requests a node does not take. */

let node: NodeProcess
let raw: RawOrigin

beforeAll(async () => {
  raw = await RawOrigin.start(answerHeads)
  // Connections that other tests keep are given up soon, so that it shows which are not.
  node = await NodeProcess.start({ env: { SLUICE_LIMIT_KEEPALIVE_TIMEOUT_MS: '2000' } })
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: 'raw', url: raw.url, routes: [{ paths: ['/raw'] }] }] })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
})
afterAll(async () => {
  await node?.stop()
  await raw?.stop()
})

describe('a request with more than one reading is refused, and nothing of it goes upstream', () => {
  const head = 'POST /raw HTTP/1.1\r\nHost: a\r\n'
  const chunked = `${head}Transfer-Encoding: chunked\r\n`
  test.each([
    ['Content-Length beside Transfer-Encoding', `${chunked}Content-Length: 3\r\n\r\n0\r\n\r\n`, 400],
    ['Content-Length twice', `${head}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ['a list of lengths', `${head}Content-Length: 3, 3\r\n\r\nabc`, 400],
    ['a signed length', `${head}Content-Length: +3\r\n\r\nabc`, 400],
    ['a hexadecimal length', `${head}Content-Length: 0x3\r\n\r\nabc`, 400],
    ['a length that overflows', `${head}Content-Length: 99999999999999999999\r\n\r\nabc`, 400],
    ['a coding before chunked', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    ['chunked twice', `${chunked}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['chunked not last', `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 501],
    ['an unknown coding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
    ['a coding in HTTP/1.0', 'POST /raw HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a Connection that names Content-Length', `${head}Connection: content-length\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ['a Connection that names Host', 'GET /raw HTTP/1.1\r\nHost: a\r\nConnection: close, host\r\n\r\n', 400],
    ['a Connection that names Transfer-Encoding', `${chunked}Connection: Transfer-Encoding\r\n\r\n0\r\n\r\n`, 400],
    ['an upgrade with a body', 'GET /raw HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello', 400],
    ['a folded line', 'GET /raw HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    ['a blank before the colon', 'GET /raw HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n', 400],
    ['an empty field name', 'GET /raw HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n', 400],
    ['bare line feeds', 'GET /raw HTTP/1.1\nHost: a\n\n', 400],
    ['a bare carriage return', 'GET /raw HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n', 400],
    ['NUL in a value', 'GET /raw HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
    ['a control byte in a value', 'GET /raw HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n', 400],
    ['no Host', 'GET /raw HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /raw HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
    ['an empty Host', 'GET /raw HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['a Host with a path', 'GET /raw HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['an address without brackets as Host', 'GET /raw HTTP/1.1\r\nHost: ::1\r\n\r\n', 400],
    ['an absolute target with a user in it', 'GET http://u@a/raw HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a blank in the target', 'GET /raw /b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['raw non-ASCII in the target', 'GET /raw/\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an incomplete escape', 'GET /raw/%4 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an escaped NUL', 'GET /raw/%00 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a path that leaves the root', 'GET /raw/../../x HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an asterisk target', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target that is no path', 'GET raw HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', 405],
    ['TRACE', 'TRACE /raw HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['a lower-case method', 'get /raw HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['HTTP/2.0 on the line', 'GET /raw HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['a target over 8 KiB', `GET /raw/${'y'.repeat(8_300)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a head over 32 KiB', `GET /raw HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['more than 100 fields', `GET /raw HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(100)}\r\n`, 431],
  ])('%s', async (_, text, status) => {
    const before = raw.text.length
    // The connection ends with the refusal: what follows in it has no known start.
    expect(statusOf(await RawSocket.talk(node.proxy, text))).toBe(status)
    expect(raw.text.slice(before)).toBe('')
  })

  test.each([
    ['an unreadable chunk size', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '3\r\nabcXX0\r\n\r\n'],
    ['a chunk size that overflows', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
  ])('%s in a body ends the request without its end being sent upstream', async (_, body) => {
    const before = raw.text.length
    expect(statusOf(await RawSocket.talk(node.proxy, `${chunked}\r\n${body}`))).toBe(400)
    expect(raw.text.slice(before)).not.toContain('\r\n0\r\n')
  })
})

test('refused connections are given up, those of upgrades and CONNECT too', async () => {
  for (const head of ['GET /none HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket', 'CONNECT a:80 HTTP/1.1\r\nHost: a', 'NONSENSE']) {
    await RawSocket.talk(node.proxy, `${head}\r\n\r\n`)
  }
  await until('all connections to be gone', async () => {
    const status = (await (await fetch(`${node.status}/status`)).json()) as { connections: number }
    return status.connections === 0 ? true : null
  })
})

test('a client that does not finish its head is answered 408', async () => {
  const client = await RawSocket.open(node.proxy)
  client.write('GET /raw HTTP/1.1\r\nHost: a\r\n')
  const opened = performance.now()
  await client.closed
  expect(statusOf(client.received)).toBe(408)
  expect(performance.now() - opened).toBeLessThan(14_000)
})

test('a refused request is in the metrics and in the access log, like any other', async () => {
  const logging = await NodeProcess.start({ env: { SLUICE_ACCESS_LOG: 'stdout' } })
  try {
    expect(statusOf(await RawSocket.talk(logging.proxy, 'GET /refused HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'))).toBe(400)
    expect(JSON.parse(await logging.line('"path":"/refused"'))).toMatchObject({ status: 400, error: 'bad_request', route: null, attempts: 0 })
    await until('the request in the metrics', async () =>
      (await (await fetch(`${logging.status}/metrics`)).text()).includes('sluice_http_requests_total{service="",route="",code="400",variant="stable"} 1') ? true : null,
    )
  } finally {
    await logging.stop()
  }
})
