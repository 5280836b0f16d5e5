import { describe, expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const reply = async (config: unknown, request: RequestFixture = {}) => (await ask(createPlugin('request-termination', config), request)).reply

describe('the answer', () => {
  test.each<[unknown, unknown]>([
    [{}, { kind: 'json', status: 503, body: { message: 'Service unavailable' } }],
    [{ status_code: 404 }, { kind: 'json', status: 404, body: { message: 'Not found' } }],
    [{ status_code: 418 }, { kind: 'json', status: 418, body: { message: 'The upstream server responded with 418' } }],
    [
      { status_code: 403, message: 'So long' },
      { kind: 'json', status: 403, body: { message: 'So long' } },
    ],
    [{ body: 'plain' }, { kind: 'raw', status: 503, body: 'plain', contentType: null }],
    [
      { body: '<p>', content_type: 'text/html' },
      { kind: 'raw', status: 503, body: '<p>', contentType: 'text/html; charset=UTF-8' },
    ],
    [
      { body: '{}', content_type: 'application/json' },
      { kind: 'raw', status: 503, body: '{}', contentType: 'application/json' },
    ],
    [
      { body: 'x', content_type: 'text/plain; charset=latin1' },
      { kind: 'raw', status: 503, body: 'x', contentType: 'text/plain; charset=latin1' },
    ],
    [{ status_code: 204 }, { kind: 'raw', status: 204, body: null, contentType: null }],
    [
      { status_code: 304, message: 'unseen' },
      { kind: 'raw', status: 304, body: null, contentType: null },
    ],
  ])('%j gives %j', async (config, expected) => {
    expect(await reply(config)).toEqual(expected)
  })
})

describe('trigger', () => {
  test.each<[RequestFixture, boolean]>([
    [{}, false],
    [{ headers: { 'X-Stop': '' } }, true],
    [{ query: 'a=1&x-stop' }, true],
    [{ query: 'x-stop=0' }, true],
    [{ query: 'x-stopped=1' }, false],
  ])('%j: ended %j', async (request, isEnded) => {
    expect((await reply({ trigger: 'x-stop' }, request)) !== undefined).toBe(isEnded)
  })
})

describe('echo', () => {
  const echoed = async (request: RequestFixture) => {
    const answer = await reply({ echo: true, status_code: 404 }, request)
    if (answer?.kind !== 'json') throw new Error('an echo is JSON')
    return answer as unknown as { status: number; body: { request: Record<string, unknown> } & Record<string, unknown> }
  }

  test('tells what the request was, who answers and what matched', async () => {
    const { status, body } = await echoed({
      method: 'POST',
      path: '/a',
      query: 'x=1&y=2&y=3',
      headers: { 'X-Name': 'v' },
      body: 'text',
      uriCaptures: { 1: 'one', id: 'one', 2: false },
    })
    expect(status).toBe(404)
    expect(body).toEqual({
      message: 'Not found',
      kong: { node_id: 'node-id', worker_pid: 4242, hostname: 'node-host' },
      request: {
        scheme: 'http',
        host: 'shop.test',
        port: 8000,
        headers: { 'x-name': 'v' },
        query: { x: '1', y: ['2', '3'] },
        body: undefined,
        raw_body: 'text',
        method: 'POST',
        path: '/a',
        uri_captures: { named: { id: 'one' }, unnamed: ['one', false] },
      },
      matched_route: { id: 'route-id', name: 'route-name' },
      matched_service: { id: 'service-id', name: 'service-name', host: 'service.test' },
    })
  })

  test.each([
    ['application/json', '{"a":[1]}', { a: [1] }],
    ['application/json; charset=utf-8', 'nonsense', undefined],
    ['application/x-www-form-urlencoded', 'a=1&b=x%20y', { a: '1', b: 'x y' }],
  ])('a body of %s is read as data', async (type, body, expected) => {
    expect((await echoed({ headers: { 'Content-Type': type }, body })).body.request).toMatchObject({ raw_body: body, ...(expected === undefined ? {} : { body: expected }) })
  })

  test('a body of more than 64 KiB is left out', async () => {
    expect((await echoed({ body: 'x'.repeat(70_000) })).body.request.raw_body).toBe('')
  })
})

test('without echo no promise is made', () => {
  expect(createPlugin('request-termination', {}).onRequest?.({} as never)).not.toBeInstanceOf(Promise)
})

test.each<[unknown, string]>([
  [{ message: 'a', body: 'b' }, 'message: excludes body and content_type'],
  [{ message: 'a', content_type: 'text/plain' }, 'message: excludes body and content_type'],
  [{ content_type: 'text/plain' }, 'content_type: needs body'],
  [{ echo: true, message: 'a' }, 'echo: excludes message and body'],
  [{ echo: true, body: 'a' }, 'echo: excludes message and body'],
  [{ status_code: 101 }, 'status_code: an interim status (1xx) cannot end a request'],
  [{ status_code: 600 }, 'status_code'],
  [{ content_type: 'text/html\r\nX-Injected: 1', body: 'a' }, 'content_type'],
  [{ status: 503 }, ': status'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('request-termination', config).some((text) => text.startsWith(problem))).toBe(true)
})
