import type { PluginInstance } from '@sluice/plugins/contract'
import { compileRouter } from '@sluice/shared/routing/compile'
import type { RouterRoute } from '@sluice/shared/routing/matcher'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DataPath } from '../data-path.ts'
import { toBlockList } from '../environment.ts'
import { Deadlines } from '../exchange/deadlines.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { OVERLOAD_LOOK_INTERVAL_MS, OverloadGuard } from '../listener/overload-guard.ts'
import { ConnectionCounts, createConnectionMemory } from '../memory/connection-counts.ts'
import { type ExchangeRecord, recordOf } from '../observe/sink.ts'
import { Pools } from '../upstream/pools.ts'
import type { ChainPlugin, CompiledConfig } from './compiled.ts'

/** The pipeline behind a real listener, with plugins that misbehave. */

let dataPath: DataPath
let overload: OverloadGuard
let base: string
let logged: { message: string; fields: Record<string, unknown> }[]
let ended: ExchangeRecord[]

beforeEach(async () => {
  logged = []
  ended = []
  const deadlines = new Deadlines()
  overload = new OverloadGuard({ heapPercent: 100, loopLagMs: 100 })
  dataPath = new DataPath({
    deadlines,
    pools: new Pools({ policy: { allowPrivate: true, allow: toBlockList([]) }, deadlines, limits: DEFAULT_LIMITS.upstream, directIo: null }),
    observe: { exchangeEnded: (exchange, latencyMs, error) => ended.push(recordOf(exchange, latencyMs, error)) },
    clock: { nowMs: () => Date.now() },
    log: (_, message, fields) => logged.push({ message, fields }),
    overload,
    counts: new ConnectionCounts(createConnectionMemory(1), 0, DEFAULT_LIMITS.listener),
    limits: DEFAULT_LIMITS.listener,
    realIp: { trusted: toBlockList([]), header: 'X-Real-IP', recursive: false },
    takesH2c: false,
    sharesReads: true,
    directIo: null,
  })
  const { port } = await dataPath.listen({ host: '127.0.0.1', port: 0, reusePort: false }, false)
  base = `http://127.0.0.1:${port}`
})
afterEach(() => dataPath.close(0))

const ROUTE: RouterRoute = { id: '00000000-0000-4000-8000-000000000001', methods: null, hosts: null, paths: ['/'], headers: null, snis: null, regex_priority: 0, strip_path: true }

function configWith(...instances: [string, PluginInstance][]): CompiledConfig {
  const chain = instances.map(([name, instance], index): ChainPlugin => ({ name, id: `id of ${name}`, priority: 100 - index, instance }))
  const route = {
    id: ROUTE.id,
    name: 'r',
    service: null,
    protocols: new Set(['http']),
    stripPath: true,
    preserveHost: false,
    buffersRequest: true,
    buffersAnswer: true,
    redirectStatus: 426,
    chains: { base: chain, forConsumer: () => chain },
  }
  return {
    revision: 1,
    hash: '',
    router: compileRouter([ROUTE]),
    routes: new Map([[ROUTE.id, route]]),
    upstreams: new Map(),
    globalChain: [],
    certificateFor: () => null,
    fallbackCertificate: null,
    clientCertificates: { isNone: true, asks: () => false },
  }
}

const broken = () => {
  throw new Error('a defect')
}
const ends: PluginInstance = { onRequest: () => ({ kind: 'json', status: 200, body: { ok: true } }) }

describe('a plugin that throws', () => {
  test.each<[string, PluginInstance]>([
    ['at once', { onRequest: broken }],
    ['after waiting', { onRequest: async () => broken() }],
    ['by writing a header that is none', { onRequest: (exchange) => void exchange.responseHeaders.set('X', 'a\r\nb') }],
  ])('in its request phase (%s) makes a 500, and the log names it', async (_, instance) => {
    dataPath.swap(configWith(['faulty', instance], ['ends', ends]))
    const answer = await fetch(base)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ message: 'An unexpected error occurred' })
    expect(logged).toEqual([
      { message: 'plugin threw', fields: expect.objectContaining({ plugin: 'faulty', plugin_id: 'id of faulty', request_id: answer.headers.get('x-sluice-request-id') }) },
    ])
    expect(ended).toMatchObject([{ status: 500, error: 'plugin_failed' }])
  })

  test('in its response phase is left out of the answer, and the log names it', async () => {
    dataPath.swap(configWith(['faulty', { onResponse: broken }], ['adds', { onResponse: (exchange) => exchange.responseHeaders.set('X-After', 'yes') }], ['ends', ends]))
    const answer = await fetch(base)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-after')).toBe('yes')
    expect(logged).toMatchObject([{ message: 'plugin threw', fields: { plugin: 'faulty' } }])
  })

  test('after the end changes nothing for the client, and the others still hear of the end', async () => {
    const heard: string[] = []
    dataPath.swap(configWith(['faulty', { onEnd: broken }], ['hears', { onEnd: (exchange) => void heard.push(exchange.id) }], ['ends', ends]))
    expect((await fetch(base)).status).toBe(200)
    expect(heard.length).toBe(1)
    expect(logged).toMatchObject([{ message: 'plugin threw', fields: { plugin: 'faulty' } }])
  })
})

describe('a reply', () => {
  test('passes the response phase of plugins that come after the one that gave it', async () => {
    dataPath.swap(configWith(['ends', ends], ['after', { onResponse: (exchange) => exchange.responseHeaders.set('X-Replied', String(exchange.replied)) }]))
    expect((await fetch(base)).headers.get('x-replied')).toBe('true')
  })

  test('has headers that a plugin set before, and cookies beside each other', async () => {
    const cookie = (value: string): PluginInstance => ({ onRequest: (exchange) => void exchange.responseHeaders.add('Set-Cookie', value) })
    dataPath.swap(configWith(['one', cookie('a=1')], ['two', cookie('b=2')], ['ends', ends]))
    expect((await fetch(base)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })
})

test('without a configuration the answer is 503, and it says so', async () => {
  const answer = await fetch(base)
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ message: 'no configuration yet' })
  expect(ended).toMatchObject([{ status: 503, error: 'not_configured' }])
})

test('a request ends with the configuration with which it began', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let begun = false
  const waits: PluginInstance = {
    onRequest: () => {
      begun = true
      return held.then(() => undefined)
    },
  }
  dataPath.swap(configWith(['waits', waits], ['old', { onResponse: (exchange) => exchange.responseHeaders.set('X-Revision', 'old') }], ['ends', ends]))
  const running = fetch(base)
  await expect.poll(() => begun).toBe(true)
  dataPath.swap(configWith(['new', { onResponse: (exchange) => exchange.responseHeaders.set('X-Revision', 'new') }], ['ends', ends]))
  expect((await fetch(base)).headers.get('x-revision')).toBe('new')
  release()
  expect((await running).headers.get('x-revision')).toBe('old')
})

test('while a plugin blocks the loop again and again requests are shed, and as soon as it does not they are taken', async () => {
  const looks = setInterval(() => overload.look(), OVERLOAD_LOOK_INTERVAL_MS)
  let isBlocking = true
  const blocks: PluginInstance = {
    onRequest: () => {
      const untilMs = performance.now() + (isBlocking ? 4 * OVERLOAD_LOOK_INTERVAL_MS : 0)
      while (performance.now() < untilMs);
    },
  }
  dataPath.swap(configWith(['blocks', blocks], ['ends', ends]))
  let shed: Response | null = null
  const client = async () => {
    while (shed === null) {
      const answer = await fetch(base)
      if (answer.status === 503) shed = answer
    }
  }
  await Promise.all([client(), client()])
  expect(shed).toMatchObject({ status: 503 })
  expect((shed as Response | null)?.headers.get('retry-after')).toBe('1')
  expect(overload.takeShed().loop).toBeGreaterThan(0)
  isBlocking = false
  await expect.poll(async () => (await fetch(base)).status, { timeout: 20_000 }).toBe(200)
  clearInterval(looks)
})

describe('a plugin that changes replies', () => {
  const changes = (name: string): PluginInstance => ({ onReply: (_, { body }) => ({ status: 409, contentType: 'text/plain', body: `${name}(${body})`, headers: [] }) })
  const refuses: PluginInstance = { onRequest: () => ({ kind: 'json', status: 403, body: { message: 'no' }, headers: { 'X-Kept': 'yes', 'content-TYPE': 'a/b' } }) }

  test('sees the change of the one before it; other fields stay, and log and metrics have the new status', async () => {
    dataPath.swap(configWith(['one', changes('one')], ['two', changes('two')], ['refuses', refuses]))
    const answer = await fetch(base)
    expect([answer.status, await answer.text(), answer.headers.get('x-kept'), answer.headers.get('content-type')]).toEqual([409, 'two(one({"message":"no"}))', 'yes', 'text/plain'])
    expect(ended).toMatchObject([{ status: 409 }])
  })

  test('and throws is left out, and the log names it', async () => {
    dataPath.swap(configWith(['faulty', { onReply: broken }], ['two', changes('two')], ['refuses', refuses]))
    expect(await (await fetch(base)).text()).toBe('two({"message":"no"})')
    expect(logged).toMatchObject([{ message: 'plugin threw', fields: { plugin: 'faulty' } }])
  })
})
