import { connect } from 'node:http2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { block, CONTINUATION, DATA, END_HEADERS, END_STREAM, frame, GOAWAY, HEADERS, PING, RawHttp2, RST_STREAM, SETTINGS, WINDOW_UPDATE } from './harness/raw-http2.ts'

/** HTTP/2 as attackers write it: what must not be downgraded to HTTP/1.1 never reaches an upstream, and a flood ends its own connection alone. */

let node: NodeProcess
let origin: Origin
const clients: RawHttp2[] = []

const PROTOCOL_ERROR = 1
const ENHANCE_YOUR_CALM = 11

const open = async () => {
  const client = await RawHttp2.open(node.proxy)
  clients.push(client)
  return client
}

type Fields = readonly (readonly [string, string])[]
const METHOD = [':method', 'GET'] as const
const SCHEME = [':scheme', 'http'] as const
const PATH = [':path', '/hostile'] as const
const AUTHORITY = [':authority', 'shop.test'] as const
const GOOD: Fields = [METHOD, SCHEME, PATH, AUTHORITY]
const request = (fields: Fields, stream = 1, flags = END_STREAM) => frame(HEADERS, END_HEADERS | flags, stream, block(fields))

beforeAll(async () => {
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify(received)))
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
  await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ paths: ['/'] }] }] })
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

/** Whether other clients are served as if nothing had been. */
async function expectServed(): Promise<void> {
  const session = connect(node.proxy)
  expect((await fetchHttp2(session, { ':path': '/other' })).status).toBe(200)
  await closeSession(session)
}

describe('a request that is refused with its stream', () => {
  test.each<[string, Fields]>([
    ['a name in capitals', [...GOOD, ['X-Capital', 'a']]],
    ['Connection', [...GOOD, ['connection', 'close']]],
    ['Keep-Alive', [...GOOD, ['keep-alive', 'timeout=5']]],
    ['Proxy-Connection', [...GOOD, ['proxy-connection', 'close']]],
    ['Transfer-Encoding', [...GOOD, ['transfer-encoding', 'chunked']]],
    ['Upgrade', [...GOOD, ['upgrade', 'websocket']]],
    ['TE other than trailers', [...GOOD, ['te', 'gzip']]],
    ['two methods', [METHOD, ...GOOD]],
    ['two paths', [...GOOD, PATH]],
    ['two authorities', [...GOOD, AUTHORITY]],
    ['two schemes', [...GOOD, SCHEME]],
    ['a pseudo-header that is none', [...GOOD, [':shape', 'round']]],
    ['a pseudo-header of answers', [...GOOD, [':status', '200']]],
    ['a pseudo-header behind a field', [METHOD, SCHEME, ['x', 'y'], PATH, AUTHORITY]],
    ['no method', [SCHEME, PATH, AUTHORITY]],
    ['no path', [METHOD, SCHEME, AUTHORITY]],
    ['no scheme', [METHOD, PATH, AUTHORITY]],
    ['an empty path', [METHOD, SCHEME, [':path', ''], AUTHORITY]],
    ['a path without its slash', [METHOD, SCHEME, [':path', 'hostile'], AUTHORITY]],
    ['a path with a line break', [METHOD, SCHEME, [':path', '/a HTTP/1.1\r\nX: y'], AUTHORITY]],
    ['a path with a blank', [METHOD, SCHEME, [':path', '/a b'], AUTHORITY]],
    ['a method with a line break', [[':method', 'GET / HTTP/1.1\r\nX: y\r\n\r\nGET'], SCHEME, PATH, AUTHORITY]],
    ['an authority with a line break', [METHOD, SCHEME, PATH, [':authority', 'a\r\nX: y']]],
    ['two Hosts', [METHOD, SCHEME, PATH, ['host', 'a.test'], ['host', 'a.test']]],
    ['neither Host nor authority', [METHOD, SCHEME, PATH]],
    ['an authority with user information', [METHOD, SCHEME, PATH, [':authority', 'user@shop.test']]],
    ['a length without a body', [...GOOD, ['content-length', '5']]],
    ['two lengths', [...GOOD, ['content-length', '0'], ['content-length', '0']]],
    ['a length that is no number', [...GOOD, ['content-length', '+5']]],
  ])('%s', async (_, fields) => {
    const before = origin.received.length
    const client = await open()
    client.write(request(fields))
    const { code } = await client.refusal(1)
    expect(code).toBe(PROTOCOL_ERROR)
    await expectServed()
    expect(origin.received.slice(before).map(({ url }) => url)).toEqual(['/other'])
  })

  test.each([
    ['more', '2', 'abc'],
    ['less', '5', 'abc'],
  ])('%s data than its length', async (_, length, data) => {
    const before = origin.received.length
    const client = await open()
    client.write(request([[':method', 'POST'], SCHEME, PATH, AUTHORITY, ['content-length', length]], 1, 0), frame(DATA, END_STREAM, 1, data))
    expect([PROTOCOL_ERROR, 2]).toContain((await client.refusal(1)).code)
    await expectServed()
    expect(origin.received.slice(before).map(({ url }) => url)).toEqual(['/other'])
  })
})

describe('a request that is answered 400', () => {
  test.each<[string, Fields]>([
    ['Host says other than the authority', [...GOOD, ['host', 'other.test']]],
    ['another scheme', [METHOD, [':scheme', 'ftp'], PATH, AUTHORITY]],
    ['a fragment', [METHOD, SCHEME, [':path', '/a#b'], AUTHORITY]],
    ['an escape that is none', [METHOD, SCHEME, [':path', '/a%zz'], AUTHORITY]],
    ['an escaped NUL', [METHOD, SCHEME, [':path', '/a%00'], AUTHORITY]],
    ['a path that leaves the root', [METHOD, SCHEME, [':path', '/../a'], AUTHORITY]],
    ['a method in small letters', [[':method', 'get'], SCHEME, PATH, AUTHORITY]],
  ])('%s', async (_, fields) => {
    const before = origin.received.length
    const client = await open()
    client.write(request(fields))
    await client.next(HEADERS, 1)
    const body = (await client.next(DATA, 1)).payload.toString()
    expect(JSON.parse(body).message).toBe('Bad request')
    expect(origin.received.length).toBe(before)
  })

  test.each([['TRACE'], ['CONNECT']])('and 405: %s', async (method) => {
    const client = await open()
    client.write(
      request(
        method === 'CONNECT'
          ? [
              [':method', method],
              [':authority', 'shop.test:443'],
            ]
          : [[':method', method], SCHEME, PATH, AUTHORITY],
      ),
    )
    expect(JSON.parse((await client.next(DATA, 1)).payload.toString()).message).toBe('Method not allowed')
  })
})

describe('fields whose bytes are none of a field', () => {
  // nghttp2 leaves them out, so that they can begin no line of an HTTP/1.1 head.
  test.each([
    ['CR and LF', 'a\r\nx-smuggled: b'],
    ['LF', 'a\nx-smuggled: b'],
    ['NUL', 'a\0b'],
    ['a blank in front', ' a'],
  ])('never reach the upstream: %s', async (_, value) => {
    const before = origin.received.length
    const client = await open()
    client.write(request([...GOOD, ['x-odd', value]]))
    await client.next(HEADERS, 1)
    const received = origin.received[before]
    expect(received?.rawHeaders.join()).not.toMatch(/x-odd|smuggled/i)
  })

  test('are no name either', async () => {
    const before = origin.received.length
    const client = await open()
    client.write(request([...GOOD, ['x odd', 'a'], ['x:y', 'a'], ['x\r\ny', 'a']]))
    await client.next(HEADERS, 1)
    expect(origin.received[before]?.rawHeaders.join()).not.toMatch(/x odd|x:y|odd/)
  })
})

describe('bounds', () => {
  test('more than 100 fields, or 32 KiB of them, are answered 431', async () => {
    const many = Array.from({ length: 150 }, (_, index) => [`x-${index}`, 'y'] as const)
    const large = Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'y'.repeat(1_000)] as const)
    for (const fields of [many, large]) {
      const client = await open()
      const bytes = block([...GOOD, ...fields])
      const half = Math.min(16_000, bytes.byteLength)
      client.write(frame(HEADERS, END_STREAM | (half === bytes.byteLength ? END_HEADERS : 0), 1, bytes.subarray(0, half)))
      for (let at = half; at < bytes.byteLength; at += 16_000)
        client.write(frame(CONTINUATION, at + 16_000 >= bytes.byteLength ? END_HEADERS : 0, 1, bytes.subarray(at, at + 16_000)))
      expect(JSON.parse((await client.next(DATA, 1)).payload.toString()).message).toBe('Request header or cookie too large')
    }
  })

  test('many times as many are not even read', async () => {
    const client = await open()
    client.write(request([...GOOD, ...Array.from({ length: 300 }, (_, index) => [`x-${index}`, 'y'] as const)]))
    expect((await client.refusal(1)).code).toBe(ENHANCE_YOUR_CALM)
  })

  test('a path of more than 8 KiB is answered 414', async () => {
    const client = await open()
    client.write(request([METHOD, SCHEME, [':path', `/${'a'.repeat(8 * 1024)}`], AUTHORITY]))
    expect(JSON.parse((await client.next(DATA, 1)).payload.toString()).message).toBe('URI too long')
  })
})

describe('a flood', () => {
  const times = (count: number, make: (index: number) => Buffer) => Array.from({ length: count }, (_, index) => make(index))
  const flood: [string, string, () => Buffer[]][] = [
    ['resets (CVE-2023-44487)', 'resets', () => times(2_000, (index) => Buffer.concat([request(GOOD, 1 + 2 * index), frame(RST_STREAM, 0, 1 + 2 * index, '\0\0\0\x08')]))],
    ['CONTINUATION (CVE-2024-27983)', 'continuations', () => [frame(HEADERS, 0, 1, block(GOOD)), ...times(2_000, () => frame(CONTINUATION, 0, 1, block([['x', 'y']])))]],
    ['SETTINGS (CVE-2019-9515)', 'settings', () => times(2_000, () => frame(SETTINGS, 0, 0))],
    ['PING (CVE-2019-9512)', 'pings', () => times(2_000, () => frame(PING, 0, 0, '\0\0\0\0\0\0\0\0'))],
    ['empty DATA (CVE-2019-9518)', 'frames', () => [request(GOOD, 1, 0), ...times(5_000, () => frame(DATA, 0, 1))]],
    ['a frame that is none', 'protocol', () => [frame(WINDOW_UPDATE, 0, 0, '\0\0\0\0')]],
  ]

  async function refused(reason: string): Promise<number> {
    const text = await (await fetch(`${node.status}/metrics`)).text()
    return Number(new RegExp(`^sluice_http2_connections_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  }

  test.each(flood)('of %s ends its connection, is counted, and nobody else notices', async (_, reason, frames) => {
    const before = await refused(reason)
    const client = await open()
    client.write(...frames())
    await client.closed
    expect(client.frames.some(({ type }) => type === GOAWAY)).toBe(true)
    await expectServed()
    await until(`the metric to say ${reason}`, async () => ((await refused(reason)) === before + 1 ? true : null))
  })

  test('in small pieces is one too: resets, one packet each', async () => {
    const before = await refused('resets')
    const client = await open()
    for (let index = 0; index < 1_000 && !client.isClosed; index++) {
      client.write(request(GOOD, 1 + 2 * index), frame(RST_STREAM, 0, 1 + 2 * index, '\0\0\0\x08'))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.closed
    await expectServed()
    await until('the metric to say resets', async () => ((await refused('resets')) === before + 1 ? true : null))
  })
})
