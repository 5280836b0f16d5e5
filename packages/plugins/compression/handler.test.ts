import { describe, expect, test } from 'vitest'
import { ExchangeFixture } from '../testing/exchange-fixture.ts'
import { createPlugin, problems } from '../testing/run-plugin.ts'
import { chooseCoding } from './accept-encoding.ts'

const ALL = ['zstd', 'br', 'gzip'] as const

test.each([
  [null, null],
  ['', null],
  ['gzip', 'gzip'],
  ['GZip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate, gzip;q=1.0, *;q=0.5', 'gzip'],
  ['gzip, br', 'br'],
  ['gzip, br, zstd', 'zstd'],
  ['gzip;q=0.9, br;q=0.8', 'gzip'],
  ['gzip;q=0', null],
  ['gzip; q=0.000', null],
  ['*', 'zstd'],
  ['*;q=0', null],
  ['*;q=0, gzip', 'gzip'],
  ['zstd;q=0, *', 'br'],
  ['identity', null],
  ['identity;q=0, gzip;q=0.1', 'gzip'],
  ['identity;q=1, gzip;q=0.5', null],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['compress, deflate', null],
  ['gzip;q=2', null],
  ['gzip;q=abc', null],
  ['gzip;level=1', null],
  [',, gzip ,', 'gzip'],
])('Accept-Encoding %j chooses %j', (field, coding) => {
  expect(chooseCoding(field, ALL)).toBe(coding)
})

interface Answer {
  status?: number
  headers?: Record<string, string>
  length?: number | null | 'none'
}

/** The fields that an answer has after the choice, and whether its body is encoded. */
function choose(config: Record<string, unknown>, { status = 200, headers = {}, length = 5_000 }: Answer, request: Record<string, string> = { 'Accept-Encoding': 'gzip' }) {
  const plugin = createPlugin('compression', config)
  const exchange = new ExchangeFixture({ headers: request, responseHeaders: { 'Content-Type': 'text/html', ...headers } })
  plugin.onRequest?.(exchange)
  const encoder = exchange.chooseEncoder?.({ status, headers: exchange.responseHeaders, length }) ?? null
  encoder?.stream.destroy()
  return { isEncoded: encoder !== null, headers: Object.fromEntries([...exchange.responseHeaders.entries()].map(([name, value]) => [name.toLowerCase(), value])) }
}

describe('what is compressed', () => {
  test('has the coding, Vary and a weak tag, and nothing of the plain bytes', () => {
    const given = { 'Content-Length': '5000', 'Accept-Ranges': 'bytes', ETag: '"a"', 'Content-MD5': 'x', 'Content-Digest': 'sha-256=:x:', Vary: 'Origin' }
    const { isEncoded, headers } = choose({}, { headers: given })
    expect(isEncoded).toBe(true)
    expect(headers).toEqual({ 'content-type': 'text/html', 'content-encoding': 'gzip', vary: 'Accept-Encoding', etag: 'W/"a"' })
  })

  test.each([
    ['an unknown length', {}, { length: null }],
    ['parameters of a type', {}, { headers: { 'Content-Type': 'Text/HTML; charset=utf-8' } }],
    ['a family of types', { content_types: ['text/*'] }, { headers: { 'Content-Type': 'text/other' } }],
    ['an error', {}, { status: 404 }],
    ['Content-Encoding identity', {}, { headers: { 'Content-Encoding': 'identity' } }],
  ])('%s', (_, config, answer) => {
    expect(choose(config, answer as Answer).isEncoded).toBe(true)
  })
})

describe('what is left as it is', () => {
  test.each([
    ['another type', {}, { headers: { 'Content-Type': 'image/png' } }],
    ['a call of gRPC', {}, { headers: { 'Content-Type': 'application/grpc' } }],
    ['what is encoded', {}, { headers: { 'Content-Encoding': 'br' } }],
    ['no-transform', {}, { headers: { 'Cache-Control': 'public, no-transform' } }],
    ['204', {}, { status: 204, length: 'none' }],
    ['206', {}, { status: 206, headers: { 'Content-Range': 'bytes 0-1/5' } }],
    ['304', {}, { status: 304, length: 'none' }],
    ['a short body', {}, { length: 1_023 }],
  ])('%s, without Vary', (_, config, answer) => {
    const { isEncoded, headers } = choose(config, answer as Answer)
    expect(isEncoded).toBe(false)
    expect(headers.vary).toBeUndefined()
    expect(headers['content-encoding'] ?? null).toBe((answer as Answer).headers?.['Content-Encoding'] ?? null)
  })

  test.each([
    ['a client that cannot read it', {}, {}, {}],
    ['a request with no-transform', {}, {}, { 'Accept-Encoding': 'gzip', 'Cache-Control': 'no-transform' }],
    ['an answer to HEAD', {}, { length: 'none' }, { 'Accept-Encoding': 'gzip' }],
    ['a coding that is not offered', { algorithms: ['br'] }, {}, { 'Accept-Encoding': 'gzip' }],
  ])('%s, with Vary', (_, config, answer, request) => {
    const { isEncoded, headers } = choose(config, answer as Answer, request as Record<string, string>)
    expect(isEncoded).toBe(false)
    expect(headers.vary).toBe('Accept-Encoding')
  })

  test('what is more than may be compressed at a time, until one is over', () => {
    const plugin = createPlugin('compression', { max_concurrent: 1 })
    const next = () => {
      const exchange = new ExchangeFixture({ headers: { 'Accept-Encoding': 'gzip' }, responseHeaders: { 'Content-Type': 'text/html' } })
      plugin.onRequest?.(exchange)
      return exchange.chooseEncoder?.({ status: 200, headers: exchange.responseHeaders, length: null }) ?? null
    }
    const first = next()
    expect(next()).toBeNull()
    first?.stream.destroy()
    first?.onOver()
    const third = next()
    expect(third).not.toBeNull()
    third?.stream.destroy()
  })
})

test('Vary is not said twice', () => {
  expect(choose({}, { headers: { Vary: 'accept-encoding, Origin' } }).headers.vary).toBe('accept-encoding, Origin')
  expect(choose({}, { headers: { Vary: '*' } }).headers.vary).toBe('*')
})

test('a weak tag and one that is none stay', () => {
  expect(choose({}, { headers: { ETag: 'W/"a"' } }).headers.etag).toBe('W/"a"')
  expect(choose({}, { headers: { ETag: 'a' } }).headers.etag).toBe('a')
})

test.each([
  [{ algorithms: [] }, 'algorithms: Too small'],
  [{ algorithms: ['gzip', 'gzip'] }, 'algorithms.1: gzip is there twice'],
  [{ algorithms: ['deflate'] }, 'algorithms.0: Invalid option'],
  [{ content_types: ['*/*'] }, 'content_types.0: is no media type'],
  [{ content_types: ['html'] }, 'content_types.0: is no media type'],
  [{ min_length: -1 }, 'min_length: Too small'],
  [{ gzip_level: 10 }, 'gzip_level: Too big'],
  [{ br_quality: 12 }, 'br_quality: Too big'],
  [{ zstd_level: 0 }, 'zstd_level: Too small'],
  [{ max_concurrent: 0 }, 'max_concurrent: Too small'],
])('%j is refused', (config, problem) => {
  expect(
    problems('compression', config).some((line) => line.startsWith(problem)),
    JSON.stringify(problems('compression', config)),
  ).toBe(true)
})
