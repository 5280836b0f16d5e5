import { describe, expect, test } from 'vitest'
import type { AnswerWatch, PluginReply, WatchedHead } from '../contract.ts'
import { type EnvironmentFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { FieldList } from './field-list.ts'

type Fields = [string, string][]

function headOf(status: number, fields: Fields): WatchedHead {
  const list = new FieldList(fields)
  const fixed = () => {
    throw new Error('an answer that is watched is not changed')
  }
  const headers = {
    get: (name: string) => list.get(name),
    getAll: (name: string) => list.getAll(name),
    has: (name: string) => list.has(name),
    entries: () => list.entries(),
    set: fixed,
    add: fixed,
    remove: fixed,
  }
  return { status, headers, length: null }
}

const text = (reply: PluginReply | undefined) => (reply?.kind === 'stored' && reply.body !== null ? new TextDecoder().decode(reply.body) : null)

/** A cache, with time in the hand of the test. */
function cacheOf(config: Record<string, unknown>, environment: EnvironmentFixture = environmentFixture()) {
  const plugin = createPlugin('proxy-cache', { cache_control: true, content_type: ['*/*'], ...config }, environment)
  const request = (fixture: RequestFixture = {}) => ask(plugin, fixture)
  const fill = async (fields: Fields, fixture: RequestFixture = {}) => {
    const { exchange } = await request(fixture)
    const watch = exchange.watch as AnswerWatch
    watch.onHead(headOf(200, fields))
    watch.onPiece(new TextEncoder().encode('first'))
    watch.onEnd(true)
  }
  return { request, fill, environment }
}

describe('time', () => {
  test('an answer is fresh until the second in which it ends', async () => {
    const { request, fill, environment } = cacheOf({})
    const startMs = environment.clock.nowMs()
    await fill([['Cache-Control', 'max-age=60']])
    environment.setNow(startMs + 59_999)
    expect(text((await request()).reply)).toBe('first')
    environment.setNow(startMs + 60_000)
    expect((await request()).reply).toBeUndefined()
  })

  test('the time until an answer came is part of its age', async () => {
    const { request, environment } = cacheOf({})
    const startMs = environment.clock.nowMs()
    const { exchange } = await request()
    environment.setNow(startMs + 30_000)
    exchange.watch?.onHead(
      headOf(200, [
        ['Cache-Control', 'max-age=60'],
        ['Age', '10'],
      ]),
    )
    exchange.watch?.onEnd(true)
    const { exchange: second } = await request()
    expect(second.responseHeaders.get('age')).toBe('40')
    environment.setNow(startMs + 50_000)
    expect((await request()).reply).toBeUndefined()
  })

  test('stale-while-revalidate and storage_ttl end', async () => {
    const { request, fill, environment } = cacheOf({ storage_ttl: 100 })
    const startMs = environment.clock.nowMs()
    await fill([['Cache-Control', 'max-age=60, stale-while-revalidate=1000']])
    environment.setNow(startMs + 99_000)
    const { reply } = await request()
    expect(reply).toMatchObject({ kind: 'stored', refresh: { headers: { Range: null } } })
    environment.setNow(startMs + 100_000)
    expect((await request()).reply).toBeUndefined()
  })

  test('a clock that goes back makes nothing older or younger than it was', async () => {
    const { request, fill, environment } = cacheOf({})
    const startMs = environment.clock.nowMs()
    await fill([['Cache-Control', 'max-age=60']])
    environment.setNow(startMs - 3_600_000)
    expect((await request()).exchange.responseHeaders.get('age')).toBe('0')
  })
})

test('what is invalidated while it is on its way is not kept', async () => {
  const { request, environment } = cacheOf({})
  const { exchange } = await request()
  const post = await request({ method: 'POST' })
  post.exchange.watch?.onHead(headOf(200, []))
  exchange.watch?.onHead(headOf(200, [['Cache-Control', 'max-age=60']]))
  exchange.watch?.onEnd(true)
  expect((await request()).reply).toBeUndefined()
  expect(environment.lines).toEqual([])
})

test('an answer that is too large is given up when it turns out so', async () => {
  const environment = environmentFixture()
  const { request } = cacheOf({}, environment)
  const { exchange } = await request()
  exchange.watch?.onHead(headOf(200, [['Cache-Control', 'max-age=60']]))
  for (let piece = 0; piece < 3; piece++) exchange.watch?.onPiece(new Uint8Array(400_000))
  exchange.watch?.onEnd(true)
  expect((await request()).reply).toBeUndefined()
})

test('no more than 64 stale answers are fetched in the background at a time', async () => {
  const { request, fill } = cacheOf({})
  const paths = Array.from({ length: 66 }, (_, index) => `/${index}`)
  for (const path of paths)
    await fill(
      [
        ['Cache-Control', 'max-age=60, stale-while-revalidate=600'],
        ['Age', '100'],
      ],
      { path },
    )
  const replies = []
  for (const path of paths) replies.push((await request({ path })).reply)
  expect(replies.map(text)).toEqual(paths.map(() => 'first'))
  const refreshes = replies.flatMap((reply) => (reply?.kind === 'stored' && reply.refresh !== null ? [reply.refresh] : []))
  expect(refreshes.length).toBe(64)
  refreshes[0]?.watch.onEnd(false)
  refreshes[0]?.watch.onEnd(false)
  expect((await request({ path: '/64' })).reply).toMatchObject({ refresh: { headers: {} } })
  expect((await request({ path: '/65' })).reply).toMatchObject({ refresh: null })
})

test('consumers, and places that plugins send requests to, have answers of their own', async () => {
  const { request, fill } = cacheOf({ cache_control: false })
  const consumer = (name: string) => ({ id: name, username: name, custom_id: null, acl_groups: [], groups: [] })
  await fill([], { consumer: consumer('a') })
  expect((await request({ consumer: consumer('b') })).reply).toBeUndefined()
  expect(text((await request({ consumer: consumer('a') })).reply)).toBe('first')
})

test('a WebSocket handshake is never answered from what is kept', async () => {
  const { request, fill } = cacheOf({})
  await fill([['Cache-Control', 'max-age=60']])
  expect((await request({ headers: { 'sec-websocket-key': 'x' } })).reply).toBeUndefined()
})

describe('a configuration', () => {
  test.each([
    [{ strategy: 'redis' }, 'strategy: only "memory" (kept by each worker of a node) is there in this version; "redis" is not'],
    [{ redis: { host: 'a' } }, ': redis'],
    [{ cache_ttl: 0 }, 'cache_ttl: Too small'],
    [{ storage_ttl: 10 }, 'storage_ttl: is shorter than cache_ttl'],
    [{ request_method: [] }, 'request_method: Too small'],
    [{ request_method: ['DELETE'] }, 'request_method.0: Invalid option'],
    [{ response_code: [] }, 'response_code: Too small'],
    [{ response_code: [200, 206] }, 'response_code.1: 206 is never kept: it is no whole answer'],
    [{ response_code: [99] }, 'response_code.0: Too small'],
    [{ content_type: ['json'] }, 'content_type.0: is no media type, such as application/json'],
    [{ vary_headers: ['a b'] }, 'vary_headers.0: is no name of a header'],
    [{ heuristic_freshness: true }, 'heuristic_freshness: needs cache_control'],
    [{ collapse_timeout: 0 }, 'collapse_timeout: Too small'],
    [{ stale_if_error: -1 }, 'stale_if_error: Too small'],
    [{ response_headers: { 'X-Other': true } }, 'response_headers: X-Other'],
    [{ memory: { size: 1 } }, 'memory: size'],
  ])('%j is refused', (config, problem) => {
    expect(
      problems('proxy-cache', config).some((line) => line.startsWith(problem)),
      JSON.stringify(problems('proxy-cache', config)),
    ).toBe(true)
  })
})
