import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GatewayReply } from '../contract.ts'
import { ExchangeFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { createPlugin, problems } from '../testing/run-plugin.ts'

const REPLY: GatewayReply = { status: 401, reason: 'Unauthorized', message: 'No API key found', contentType: 'application/json', body: '{}', origin: 'plugin' }

function change(templates: Record<string, unknown>[], reply: Partial<GatewayReply> = {}, request: RequestFixture = {}, more: Record<string, unknown> = {}) {
  return createPlugin('exit-transformer', { templates, ...more }).onReply?.(new ExchangeFixture(request), { ...REPLY, ...reply })
}
const bodyOf = (...given: Parameters<typeof change>) => change(...given)?.body

describe('a template', () => {
  test('puts in what is known of the exchange, and has a type, status and headers of its own', () => {
    const body = '{"text":"{message}","code":{status},"why":"{reason}","trace":"{request_id}","at":"{method} {host}{path}","of":"{route} {service}"}'
    expect(change([{ body, status: 403, headers: ['Cache-Control:no-store'] }], {}, { path: '/\xc3\xa9', method: 'PUT' })).toEqual({
      status: 403,
      contentType: 'application/json; charset=utf-8',
      headers: [['Cache-Control', 'no-store']],
      body: '{"text":"No API key found","code":403,"why":"Unauthorized","trace":"0123456789abcdef0123456789abcdef","at":"PUT shop.test:8000/é","of":"route-name service-name"}',
    })
  })

  test('says the words of the status where the error has none of its own', () => {
    expect(bodyOf([{ body: '"{message}"' }], { message: null })).toBe('"Unauthorized"')
    expect(bodyOf([{ body: '"{service}"' }], {}, { service: null })).toBe('""')
  })

  test('keeps braces that are no names', () => {
    expect(bodyOf([{ content_type: 'text/html', body: '<style>a{color:red}</style>{ status } {}' }])).toBe('<style>a{color:red}</style>{ status } {}')
  })

  test('of JSON stays JSON, whatever is put in (property)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        const body = bodyOf([{ body: '{"a":"{message}","b":[{status}]}' }], { message })
        expect(JSON.parse(String(body))).toEqual({ a: message, b: [401] })
      }),
    )
  })

  test('of HTML and XML has no markup but its own (property)', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('text/html', 'application/xml', 'application/xhtml+xml; charset=utf-8'), (message, content_type) => {
        const body = String(bodyOf([{ content_type, body: '<p title="{message}">' }], { message }))
        expect(body.slice('<p title="'.length, -'">'.length)).not.toMatch(/[<>"']/)
      }),
    )
    expect(bodyOf([{ content_type: 'text/html', body: '{message}' }], { message: '<script>"&' })).toBe('&lt;script&gt;&quot;&amp;')
  })

  test('is not put in again from what a client sent', () => {
    expect(bodyOf([{ body: '"{path}"' }], {}, { path: '/{request_id}' })).toBe('"/{request_id}"')
  })

  test('does not grow with what a client sent', () => {
    expect(String(bodyOf([{ content_type: 'text/plain', body: '{path}' }], {}, { path: `/${'a'.repeat(5_000)}` })).length).toBe(1_024)
  })
})

describe('which template', () => {
  const by = (statuses: string[], content_type = 'text/plain') => ({ statuses, content_type, body: `${statuses.join()} ${content_type}` })
  const ALL = [by(['any']), by(['4xx']), by(['401']), by(['5xx', '429'])]

  test.each([
    [401, '401 text/plain'],
    [404, '4xx text/plain'],
    [429, '5xx,429 text/plain'],
    [503, '5xx,429 text/plain'],
  ])('%d gets the most exact one', (status, body) => expect(bodyOf(ALL, { status })).toBe(body))

  test('none for a status that none is for, or below 400', () => {
    expect(change([by(['5xx'])])).toBeUndefined()
    expect(change(ALL, { status: 302 })).toBeUndefined()
    expect(change(ALL, { status: 200 })).toBeUndefined()
  })

  test.each<[string | null, string]>([
    [null, 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'text/html'],
    ['text/html,application/json;q=0.5', 'text/html'],
    ['text/html;q=0.1, application/json;q=0.5', 'application/json'],
    ['text/*', 'text/html'],
    ['*/*;q=0.1, text/html;q=0', 'application/json'],
    ['image/png', 'application/json'],
    ['application/json;q=nonsense', 'application/json'],
  ])('Accept %s gets %s', (accept, expected) => {
    const templates = [{ content_type: 'application/json', body: '"json"' }, by(['any'], 'text/html')]
    expect(change(templates, {}, { headers: accept === null ? {} : { Accept: accept } })?.contentType).toBe(expected)
  })

  test('no template for errors that must be asked for', () => {
    expect(change(ALL, { status: 404, origin: 'no_route' })).toBeUndefined()
    expect(change(ALL, { status: 404, origin: 'no_route' }, {}, { handle_unknown: true })).toBeDefined()
    expect(change(ALL, { status: 500, origin: 'unexpected' })).toBeUndefined()
    expect(change(ALL, { status: 500, origin: 'unexpected' }, {}, { handle_unexpected: true })).toBeDefined()
    expect(change(ALL, { status: 503, origin: 'gateway' })).toBeDefined()
  })
})

const body = '"{message}"'
test.each<[unknown, string]>([
  [{}, 'templates'],
  [{ templates: [] }, 'templates'],
  [{ templates: [{ body: '{message}' }] }, 'templates.0.body: is not JSON'],
  [{ templates: [{ body: '"{mesage}"' }] }, 'templates.0.body: {mesage} stands for nothing'],
  [{ templates: [{}] }, 'templates.0.body'],
  [{ templates: [{ body, statuses: ['200'] }] }, 'templates.0.statuses.0'],
  [{ templates: [{ body, statuses: ['3xx'] }] }, 'templates.0.statuses.0'],
  [{ templates: [{ body, statuses: [] }] }, 'templates.0.statuses'],
  [{ templates: [{ body, status: 200 }] }, 'templates.0.status'],
  [{ templates: [{ body, content_type: 'html' }] }, 'templates.0.content_type'],
  [{ templates: [{ body, content_type: 'text/html\r\nX: y' }] }, 'templates.0.content_type'],
  [{ templates: [{ body, headers: ['Content-Length:5'] }] }, 'templates.0.headers.0'],
  [{ templates: [{ body, headers: ['X-A:a\nb'] }] }, 'templates.0.headers.0'],
  [{ templates: [{ body, headers: ['X-A'] }] }, 'templates.0.headers.0'],
  [{ templates: [{ body, headers: ['X-Sluice-Request-Id:a'] }] }, 'templates.0.headers.0'],
  [{ templates: [{ body, headers: ['Content-Type:a'] }] }, 'templates.0.headers.0'],
  [{ templates: [{ body: 'x'.repeat(65_537), content_type: 'text/plain' }] }, 'templates.0.body'],
  [{ templates: [{ body }], handle_unknown: 'yes' }, 'handle_unknown'],
  [{ templates: [{ body }], handle_unexpected: 1 }, 'handle_unexpected'],
  [{ templates: [{ body }], functions: ['return function(status) return status end'] }, ': functions'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('exit-transformer', config).some((text) => text.startsWith(problem))).toBe(true)
})
