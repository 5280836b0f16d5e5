import { describe, expect, test } from 'vitest'
import { HeaderList } from '../exchange/header-list.ts'
import { exchangeFixture } from './testing/exchange.ts'
import { buildUpstreamHeaders, cleanResponseHeaders, removeHopByHop, type UpstreamHead } from './upstream-headers.ts'

const PLAIN: UpstreamHead = { host: 'origin:80', strippedPrefix: null, isUpgrade: false, body: 'none' }
const pairs = (raw: string[]) => Array.from({ length: raw.length / 2 }, (_, index): [string, string] => [raw[index * 2] ?? '', raw[index * 2 + 1] ?? ''])
const names = (raw: string[]) => pairs(raw).map(([name]) => name)

describe('the head that goes upstream', () => {
  test('has our fields first and the client’s after them, in their order', () => {
    const exchange = exchangeFixture({}, ['Host', 'shop.test', 'B', '2', 'A', '1', 'B', '3'])
    expect(pairs(buildUpstreamHeaders(exchange, { ...PLAIN, strippedPrefix: '/orders' }))).toEqual([
      ['Via', '1.1 sluice'],
      ['Host', 'origin:80'],
      ['Connection', 'keep-alive'],
      ['X-Forwarded-For', '10.0.0.1'],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Host', 'shop.test'],
      ['X-Forwarded-Port', '8000'],
      ['X-Forwarded-Path', '/orders/1'],
      ['X-Forwarded-Prefix', '/orders'],
      ['X-Real-IP', '203.0.113.9'],
      ['X-Sluice-Request-Id', '0123456789abcdef0123456789abcdef'],
      ['B', '2'],
      ['A', '1'],
      ['B', '3'],
    ])
  })

  test.each([
    ['none', []],
    [0, ['Content-Length', '0']],
    [12, ['Content-Length', '12']],
    ['chunked', ['Transfer-Encoding', 'chunked']],
  ] as const)('a body of %s is framed by us, whatever a plugin wrote', (body, expected) => {
    const exchange = exchangeFixture({}, ['Content-Length', '999'])
    const raw = buildUpstreamHeaders(exchange, { ...PLAIN, body })
    expect(raw.slice(raw.indexOf('0123456789abcdef0123456789abcdef') + 1)).toEqual(expected)
  })

  test('an identity is ours where there is a consumer: what the caller sent under these names is gone', () => {
    const exchange = exchangeFixture({}, ['X-Consumer-Username', 'root', 'X-Anonymous-Consumer', 'true', 'X-Consumer-Custom-ID', 'x'])
    exchange.consumer = { id: 'id', username: 'anna', custom_id: null, acl_groups: [], groups: [] }
    exchange.credential = { id: 'c', identifier: 'key-1', fields: {} }
    const sent = new Map(pairs(buildUpstreamHeaders(exchange, PLAIN)).map(([name, value]) => [name.toLowerCase(), value]))
    expect(Object.fromEntries([...sent].filter(([name]) => /consumer|credential/.test(name)))).toEqual({
      'x-consumer-id': 'id',
      'x-consumer-username': 'anna',
      'x-credential-identifier': 'key-1',
    })
  })

  test('an anonymous caller is marked', () => {
    const exchange = exchangeFixture()
    exchange.consumer = { id: 'id', username: 'guest', custom_id: null, acl_groups: [], groups: [] }
    exchange.anonymous = true
    expect(names(buildUpstreamHeaders(exchange, PLAIN))).toContain('X-Anonymous-Consumer')
  })

  test('a prefix with bytes that no field may hold is escaped', () => {
    const raw = buildUpstreamHeaders(exchangeFixture(), { ...PLAIN, strippedPrefix: '/a\r\nb \u00e4' })
    expect(raw[raw.indexOf('X-Forwarded-Prefix') + 1]).toBe('/a%0D%0Ab%20%E4')
  })

  test('an upgrade says so', () => {
    const raw = buildUpstreamHeaders(exchangeFixture({ upgrade: 'websocket' }), { ...PLAIN, isUpgrade: true })
    expect(raw[raw.indexOf('Connection') + 1]).toBe('keep-alive, Upgrade')
    expect(raw[raw.indexOf('Upgrade') + 1]).toBe('websocket')
  })
})

describe('fields of one connection', () => {
  test('are taken off a request, with those that Connection names', () => {
    const headers = new HeaderList([
      'Connection',
      'close, X-One',
      'connection',
      'x-two',
      'X-One',
      '1',
      'X-Two',
      '2',
      'Keep-Alive',
      '5',
      'Upgrade',
      'h2c',
      'Expect',
      '100-continue',
      'Accept',
      '*/*',
    ])
    removeHopByHop(headers)
    expect([...headers.entries()]).toEqual([['Accept', '*/*']])
  })

  test.each([
    ['trailers', 'trailers'],
    ['gzip, trailers;q=0.5', 'trailers'],
    ['gzip', null],
    ['xtrailers', null],
  ])('TE: %s leaves %s', (value, left) => {
    const headers = new HeaderList(['TE', value])
    removeHopByHop(headers)
    expect(headers.get('te')).toBe(left)
  })

  test('are taken off an answer, but never its length', () => {
    const headers = cleanResponseHeaders([
      'Connection',
      'close, X-One, Content-Length',
      'X-One',
      '1',
      'Content-Length',
      '3',
      'Transfer-Encoding',
      'chunked',
      'Trailer',
      'X',
      'Upgrade',
      'h2c',
      'ETag',
      'x',
    ])
    expect([...headers.entries()]).toEqual([
      ['Content-Length', '3'],
      ['ETag', 'x'],
    ])
  })
})
