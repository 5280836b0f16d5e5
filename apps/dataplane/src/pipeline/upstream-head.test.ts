import { describe, expect, test } from 'vitest'
import { exchangeFixture } from '../exchange/testing/exchange.ts'
import { parsedFields } from '../exchange/testing/fields.ts'
import { buildUpstreamHead, cleanAnswer, removeHopByHop, type UpstreamHeadInput } from './upstream-head.ts'

const PLAIN: UpstreamHeadInput = { target: '/', host: 'origin:80', strippedPrefix: null, upgrade: null, body: 'none' }
/** The field lines of a head, as name and value. */
const pairs = (head: string) =>
  head
    .split('\r\n')
    .slice(1, -2)
    .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
const names = (head: string) => pairs(head).map(([name]) => name)
const fieldOf = (head: string, name: string) => pairs(head).find(([found]) => found === name)?.[1]

describe('the head that goes upstream', () => {
  test('has our fields first and the client’s after them, in their order', () => {
    const exchange = exchangeFixture({ headers: parsedFields('B: 2\r\nA: 1\r\nB: 3\r\n') })
    exchange.requestHeaders.set('Host', 'shop.test')
    expect(pairs(buildUpstreamHead(exchange, { ...PLAIN, strippedPrefix: '/orders' }))).toEqual([
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
    const exchange = exchangeFixture()
    exchange.requestHeaders.set('Content-Length', '999')
    expect(
      pairs(buildUpstreamHead(exchange, { ...PLAIN, body }))
        .slice(10)
        .flat(),
    ).toEqual(expected)
  })

  test('an identity is ours where there is a consumer: what the caller sent under these names is gone', () => {
    const exchange = exchangeFixture({}, ['X-Consumer-Username', 'root', 'X-Anonymous-Consumer', 'true', 'X-Consumer-Custom-ID', 'x'])
    exchange.consumer = { id: 'id', username: 'anna', custom_id: null, acl_groups: [], groups: [] }
    exchange.credential = { id: 'c', identifier: 'key-1', fields: {} }
    const sent = new Map(pairs(buildUpstreamHead(exchange, PLAIN)).map(([name, value]) => [name.toLowerCase(), value]))
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
    expect(names(buildUpstreamHead(exchange, PLAIN))).toContain('X-Anonymous-Consumer')
  })

  test('a prefix with bytes that no field may hold is escaped', () => {
    expect(fieldOf(buildUpstreamHead(exchangeFixture(), { ...PLAIN, strippedPrefix: '/a\r\nb \u00e4' }), 'X-Forwarded-Prefix')).toBe('/a%0D%0Ab%20%E4')
  })

  test('an upgrade says so', () => {
    const head = buildUpstreamHead(exchangeFixture({ upgrade: 'websocket' }), { ...PLAIN, upgrade: 'websocket' })
    expect(fieldOf(head, 'Connection')).toBe('keep-alive, Upgrade')
    expect(fieldOf(head, 'Upgrade')).toBe('websocket')
  })
})

describe('what would begin a line of its own', () => {
  test.each([
    ['a Host of the configuration', { host: 'a\r\nX: y' }],
    ['a target that a plugin wrote', { target: '/a?b HTTP/1.1\r\nX: y' }],
    ['a target with a blank', { target: '/a b' }],
  ])('%s throws, and nothing is sent', (_, more) => {
    const exchange = exchangeFixture()
    exchange.query = 'written by a plugin'
    expect(() => buildUpstreamHead(exchange, { ...PLAIN, ...more })).toThrow(TypeError)
  })

  test('the name of a consumer throws too', () => {
    const exchange = exchangeFixture()
    exchange.consumer = { id: 'id', username: 'a\nb', custom_id: null, acl_groups: [], groups: [] }
    expect(() => buildUpstreamHead(exchange, PLAIN)).toThrow('X-Consumer-Username')
  })
})

describe('a trusted proxy in front of us', () => {
  const trusted = (lines: string) => exchangeFixture({ isPeerTrusted: true, headers: parsedFields(lines) })

  test('is believed, and its chain grows', () => {
    const head = buildUpstreamHead(trusted('X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b.test\r\nX-Forwarded-Port: 443\r\n'), PLAIN)
    expect(Object.fromEntries(pairs(head))).toMatchObject({
      'X-Forwarded-For': '192.0.2.1, 10.0.0.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'b.test',
      'X-Forwarded-Port': '443',
    })
    expect(names(head).filter((name) => name === 'X-Forwarded-Proto').length).toBe(1)
  })

  test('that says nothing leaves what we know', () => {
    expect(Object.fromEntries(pairs(buildUpstreamHead(trusted(''), PLAIN)))).toMatchObject({
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'shop.test',
      'X-Real-IP': '203.0.113.9',
    })
  })
})

describe('fields of one connection', () => {
  test('are taken off a request, with those that Connection names', () => {
    const headers = parsedFields(
      'Keep-Alive: 5\r\nConnection: close, X-One\r\nconnection: x-two\r\nX-One: 1\r\nX-Two: 2\r\nUpgrade: h2c\r\nExpect: 100-continue\r\nHTTP2-Settings: x\r\nAccept: */*\r\n',
    )
    removeHopByHop(headers)
    expect([...headers.entries()]).toEqual([['Accept', '*/*']])
  })

  test.each([
    ['trailers', 'trailers'],
    ['gzip, trailers;q=0.5', 'trailers'],
    ['gzip', null],
    ['xtrailers', null],
  ])('TE: %s leaves %s', (value, left) => {
    const headers = parsedFields(`TE: ${value}\r\n`)
    removeHopByHop(headers)
    expect(headers.get('te')).toBe(left)
  })

  test('are taken off an answer, but never its length', () => {
    const headers = parsedFields('Connection: close, X-One\r\nX-One: 1\r\nUpgrade: h2c\r\nETag: x\r\n')
    headers.add('Content-Length', '3')
    cleanAnswer(headers, ['x-one', 'content-length'])
    expect([...headers.entries()]).toEqual([
      ['ETag', 'x'],
      ['Content-Length', '3'],
    ])
  })
})
