import { randomBytes } from 'node:crypto'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Bodies in a shorter form, through a node. Which are, by the fields of messages, is tested beside the plugin. */

let node: NodeProcess
let origin: Origin
let held: ServerResponse | null = null
/** Bytes that no buffer on the way holds. */
const LIMIT = 24 * 1024 * 1024
const TEXT = Array.from({ length: 40_000 }, (_, index) => `line ${index}\n`).join('')

beforeAll(async () => {
  origin = await Origin.start('texts', (_, response, received) => {
    response.setHeader('content-type', received.url.startsWith('/events') ? 'text/event-stream' : 'text/plain')
    response.setHeader('cache-control', 'max-age=60')
    if (received.url.startsWith('/length')) response.setHeader('content-length', String(Buffer.byteLength(TEXT)))
    if (received.url.startsWith('/events')) {
      response.write('data: 1\n\n')
      held = response
    } else if (received.url.startsWith('/cut')) response.write(TEXT, () => response.destroy())
    else if (received.url.startsWith('/json')) response.setHeader('content-type', 'application/json').end(`{"a":"${'x'.repeat(5_000)}"}`)
    else response.end(TEXT)
  })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

async function serve(plugins: { name: string; config: Record<string, unknown> }[]): Promise<void> {
  const applied = await node.postConfig({ _format_version: '3.0', services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins }] }] })
  if (applied.status !== 201) throw new Error(JSON.stringify(applied.body))
}

function open(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, node.proxy), { headers, agent: false }, resolve)
    asked.once('error', reject)
    asked.end()
  })
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

const compression = (config: Record<string, unknown> = {}) => ({ name: 'compression', config })
const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }

describe.each(Object.entries(DECODERS))('%s', (coding, decode) => {
  test.each(['/length', '/chunked'])('an answer comes whole, and much shorter: %s', async (path) => {
    await serve([compression()])
    const message = await open(path, { 'accept-encoding': coding })
    expect(message.headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding', 'transfer-encoding': 'chunked' })
    expect(message.headers['content-length']).toBeUndefined()
    const body = await bytesOf(message)
    expect(body.byteLength).toBeLessThan(TEXT.length / 3)
    expect(decode(body).toString()).toBe(TEXT)
  })
})

test('an event comes at once, and the next when it is there', async () => {
  await serve([compression({ content_types: ['text/event-stream'] })])
  const message = await open('/events', { 'accept-encoding': 'gzip' })
  const plain = message.pipe(createGunzip())
  let seen = ''
  plain.on('data', (piece: Buffer) => {
    seen += piece.toString()
  })
  plain.on('error', () => {})
  await until('the first event', () => (seen === 'data: 1\n\n' ? true : null))
  held?.write('data: 2\n\n')
  await until('the second event', () => (seen === 'data: 1\n\ndata: 2\n\n' ? true : null))
  held?.end()
  await until('the end', () => (plain.readableEnded ? true : null))
})

test('an answer that breaks off does not look whole', async () => {
  await serve([compression()])
  const message = await open('/cut', { 'accept-encoding': 'gzip' })
  await expect(bytesOf(message)).rejects.toThrow()
})

test('a client that goes away ends the upstream’s answer too', async () => {
  await serve([compression({ content_types: ['text/event-stream'] })])
  const message = await open('/events', { 'accept-encoding': 'gzip' })
  await until('the answer', () => held)
  const ended = new Promise<void>((resolve) => held?.once('close', () => resolve()))
  message.destroy()
  await ended
})

test('a client of HTTP/1.0 knows the end by the end of the connection', async () => {
  await serve([compression()])
  const answer = await RawSocket.talk(node.proxy, 'GET /length HTTP/1.0\r\nHost: a.test\r\nAccept-Encoding: gzip\r\n\r\n')
  const [head = '', body = ''] = [answer.slice(0, answer.indexOf('\r\n\r\n')), answer.slice(answer.indexOf('\r\n\r\n') + 4)]
  expect(head).not.toMatch(/content-length|transfer-encoding/i)
  expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(TEXT)
})

test('HEAD has the fields of the plain answer, and Vary', async () => {
  await serve([compression()])
  const answer = await RawSocket.talk(node.proxy, 'HEAD /length HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n')
  expect(answer).toMatch(/content-length: \d+/i)
  expect(answer).toMatch(/vary: accept-encoding/i)
  expect(answer).not.toMatch(/content-encoding/i)
})

test('the next request on the connection is answered after it', async () => {
  await serve([compression()])
  const client = await RawSocket.open(node.proxy)
  client.write('GET /length HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip\r\n\r\nGET /length HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  await client.closed
  expect(client.received.match(/HTTP\/1\.1 200/g)?.length).toBe(2)
  expect(client.received.endsWith(TEXT.slice(-100))).toBe(true)
})

test('an answer that another plugin rewrote is compressed, as the client asked before that plugin changed its request', async () => {
  await serve([compression(), { name: 'response-transformer', config: { add: { json: ['b:1'] } } }])
  const message = await open('/json', { 'accept-encoding': 'br' })
  expect(message.headers['content-encoding']).toBe('br')
  expect(JSON.parse(brotliDecompressSync(await bytesOf(message)).toString())).toMatchObject({ b: '1' })
})

test('what is kept is plain, and compressed for each client that reads it', async () => {
  await serve([compression(), { name: 'proxy-cache', config: { cache_control: true } }])
  const before = origin.received.length
  const codings = ['gzip', 'br', 'identity', 'zstd']
  for (const coding of codings) {
    const message = await open('/kept', { 'accept-encoding': coding })
    const body = await bytesOf(message)
    const plain = coding in DECODERS ? DECODERS[coding as keyof typeof DECODERS](body) : body
    expect(plain.toString()).toBe(TEXT)
    expect(message.headers['x-cache-status']).toBe(coding === 'gzip' ? 'Miss' : 'Hit')
  }
  expect(origin.received.length).toBe(before + 1)
})

test('a reply of the gateway is compressed too', async () => {
  await serve([compression({ min_length: 10 }), { name: 'request-termination', config: { status_code: 503, body: 'away '.repeat(500), content_type: 'text/plain' } }])
  const message = await open('/', { 'accept-encoding': 'gzip' })
  expect(message).toMatchObject({ statusCode: 503, headers: { 'content-encoding': 'gzip' } })
  expect(gunzipSync(await bytesOf(message)).toString()).toBe('away '.repeat(500))
})

test('a client that does not read holds back the upstream', async () => {
  const random = randomBytes(65_536)
  let written = 0
  let drained = 0
  const endless = await Origin.start('endless', (_, response) => {
    response.setHeader('content-type', 'text/plain')
    const fill = () => {
      do written += random.byteLength
      while (written < LIMIT && response.write(random))
      drained = written
      if (written >= LIMIT) response.end()
    }
    response.on('drain', fill)
    fill()
  })
  try {
    await node.postConfig({ _format_version: '3.0', services: [{ name: 's', url: endless.url, routes: [{ name: 'r', paths: ['/'], plugins: [compression({ gzip_level: 1 })] }] }] })
    const message = await open('/', { 'accept-encoding': 'gzip' })
    message.pause()
    // What is on its way is in buffers of a known size; then nothing more is asked of the upstream.
    let last = -1
    let still = 0
    await until('the upstream to stand still', () => {
      still = last === drained ? still + 1 : 0
      last = drained
      return still === 15 ? true : null
    })
    expect(drained).toBeLessThan(LIMIT / 2)
    message.resume()
    await bytesOf(message)
    expect(written).toBeGreaterThanOrEqual(LIMIT)
  } finally {
    await endless.stop()
  }
})
