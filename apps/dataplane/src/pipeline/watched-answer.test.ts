import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnswerWatch, PluginExchange, PluginInstance } from '@sluice/plugins/contract'
import { compileRouter } from '@sluice/shared/routing/compile'
import type { RouterRoute } from '@sluice/shared/routing/matcher'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeTarget } from '../balancer/target.ts'
import { DataPath } from '../data-path.ts'
import { toBlockList } from '../environment.ts'
import { Deadlines } from '../exchange/deadlines.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { OverloadGuard } from '../listener/overload-guard.ts'
import { ConnectionCounts, createConnectionMemory } from '../memory/connection-counts.ts'
import { Pools } from '../upstream/pools.ts'
import type { CompiledConfig } from './compiled.ts'

/** Plugins that follow and encode answers, and make mistakes: here nobody above would catch what they throw. */

let dataPath: DataPath
let origin: Server
let base: string
let logged: string[]

beforeEach(async () => {
  logged = []
  const deadlines = new Deadlines()
  dataPath = new DataPath({
    deadlines,
    pools: new Pools({ policy: { allowPrivate: true, allow: toBlockList([]) }, deadlines, limits: DEFAULT_LIMITS.upstream, directIo: null }),
    observe: { exchangeEnded: () => {} },
    clock: { nowMs: () => Date.now() },
    log: (_, message) => logged.push(message),
    overload: new OverloadGuard({ heapPercent: 100, loopLagMs: 0 }),
    counts: new ConnectionCounts(createConnectionMemory(1), 0, DEFAULT_LIMITS.listener),
    limits: DEFAULT_LIMITS.listener,
    realIp: { trusted: toBlockList([]), header: 'X-Real-IP', recursive: false },
    takesH2c: false,
    sharesReads: false,
    directIo: null,
  })
  origin = createServer((_, response) => {
    response.write('begin,')
    response.end('end')
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const { port } = await dataPath.listen({ host: '127.0.0.1', port: 0, reusePort: false }, false)
  base = `http://127.0.0.1:${port}`
})
afterEach(async () => {
  await dataPath.close(0)
  origin.closeAllConnections()
  await new Promise((resolve) => origin.close(resolve))
})

const ROUTE: RouterRoute = { id: '00000000-0000-4000-8000-000000000001', methods: null, hosts: null, paths: ['/'], headers: null, snis: null, regex_priority: 0, strip_path: true }

function serve(onRequest: (exchange: PluginExchange) => undefined): void {
  const { port } = origin.address() as AddressInfo
  const instance: PluginInstance = { onRequest }
  const chain = [{ name: 'mistaken', id: 'id', priority: 1, instance }]
  const service = {
    id: 's',
    name: 's',
    host: '127.0.0.1',
    port,
    target: makeTarget('127.0.0.1', port, 1),
    path: null,
    scheme: 'http' as const,
    protocol: 'http1' as const,
    retries: 0,
    connectTimeoutMs: 5_000,
    readTimeoutMs: 5_000,
    writeTimeoutMs: 5_000,
    tls: null,
  }
  const route = {
    id: ROUTE.id,
    name: 'r',
    service,
    protocols: new Set(['http']),
    stripPath: true,
    preserveHost: false,
    buffersRequest: true,
    buffersAnswer: true,
    redirectStatus: 426,
    chains: { base: chain, forConsumer: () => chain },
  }
  const config: CompiledConfig = {
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
  dataPath.swap(config)
}

const QUIET: AnswerWatch = { wantsBody: true, onHead: () => undefined, onPiece: () => {}, onEnd: () => {}, onFailure: () => undefined }
const thrown = () => {
  throw new Error('a mistake')
}
const FAILED = ['a plugin that follows or encodes answers threw']

describe('a watch that throws', () => {
  test.each(['onHead', 'onPiece', 'onEnd'] as const)('in %s leaves the answer as it is, and is told nothing more', async (hook) => {
    serve((exchange) => {
      exchange.watchAnswer({ ...QUIET, [hook]: thrown })
    })
    const answer = await fetch(base)
    expect([answer.status, await answer.text()]).toEqual([200, 'begin,end'])
    expect(logged).toEqual(FAILED)
  })

  test('in onFailure leaves the failure as it is', async () => {
    serve((exchange) => {
      exchange.upstream.port = 1
      exchange.watchAnswer({ ...QUIET, onFailure: thrown })
    })
    expect((await fetch(base)).status).toBe(502)
    expect(logged).toEqual(FAILED)
  })
})

test('a watch sees the whole answer, whether or not the client gets another', async () => {
  const seen: string[] = []
  const follow = (reply: ReturnType<AnswerWatch['onHead']>): AnswerWatch => ({
    ...QUIET,
    onHead: ({ status }) => {
      seen.push(String(status))
      return reply
    },
    onPiece: (piece) => seen.push(new TextDecoder().decode(piece)),
    onEnd: (isWhole) => seen.push(String(isWhole)),
  })
  serve((exchange) => exchange.watchAnswer(follow(undefined)) as undefined)
  expect(await (await fetch(base)).text()).toBe('begin,end')
  serve((exchange) => exchange.watchAnswer(follow({ kind: 'stored', status: 203, fields: [], body: new TextEncoder().encode('other'), refresh: null })) as undefined)
  const answer = await fetch(base)
  expect([answer.status, await answer.text()]).toEqual([203, 'other'])
  await expect.poll(() => seen.filter((entry) => entry === 'true').length).toBe(2)
  expect(seen.join(' ').replaceAll(/begin,\s?end/g, 'body')).toBe('200 body true false 200 body true')
})

test('a choice of encoder that throws leaves the answer as it is', async () => {
  serve((exchange) => {
    exchange.encodeResponse(thrown)
  })
  expect(await (await fetch(base)).text()).toBe('begin,end')
  expect(logged).toEqual(FAILED)
})
