import { expect, test } from 'vitest'
import type { PluginInstance } from '../contract.ts'
import { ExchangeFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { guarded } from './guard.ts'

const of = (instance: PluginInstance) => guarded('mine', () => instance, environmentFixture())

test('a good reply goes through as it is, and no hook is there that the plugin has not', () => {
  const reply = { kind: 'json', status: 403, body: { message: 'no' } } as const
  const plugin = of({ onRequest: () => reply })
  expect(plugin.onRequest?.(new ExchangeFixture())).toBe(reply)
  expect(Object.keys(plugin)).toEqual(['onRequest'])
})

test('a hook that does not wait stays without a promise', () => {
  expect(of({ onRequest: () => undefined }).onRequest?.(new ExchangeFixture())).toBeUndefined()
})

test('what a plugin sets on the exchange is set on the exchange', () => {
  const exchange = new ExchangeFixture({ query: 'a=1' })
  of({
    onRequest: (given) => {
      given.query = `${given.query}&b=2`
      given.requestHeaders.set('X-A', 'b')
      given.upstream.port = 81
      given.log.mine = 1
      return undefined
    },
  }).onRequest?.(exchange)
  expect([exchange.query, exchange.requestHeaders.get('x-a'), exchange.upstream.port, exchange.log.mine]).toEqual(['a=1&b=2', 'b', 81, 1])
})

test.each<[string, unknown]>([
  ['a text', 'no'],
  ['another kind', { kind: 'html', status: 200 }],
  ['no status', { kind: 'error', message: 'a' }],
  ['a status that is none', { kind: 'error', status: 99, message: 'a' }],
  ['a body that is no object', { kind: 'json', status: 200, body: 'a' }],
  ['a BigInt', { kind: 'json', status: 200, body: { a: 1n } }],
  ['a header with a line break', { kind: 'raw', status: 200, body: null, contentType: null, headers: { a: 'b\r\nc: d' } }],
])('%s in place of a reply throws with the plugin’s name', (_, value) => {
  expect(() => of({ onRequest: () => value as never }).onRequest?.(new ExchangeFixture())).toThrow('plugin mine: onRequest gave what is no reply')
})

test('a change of a reply is checked too', () => {
  const reply = { status: 500, reason: 'x', message: null, contentType: null, body: null, origin: 'plugin' } as const
  expect(() => of({ onReply: () => ({ status: 200, contentType: 'a/b', body: '', headers: [] }) }).onReply?.(new ExchangeFixture(), reply)).toThrow('plugin mine: onReply')
})

test('one that cannot be made fails its requests, not the configuration', () => {
  const plugin = guarded(
    'mine',
    () => {
      throw new Error('not today')
    },
    environmentFixture(),
  )
  expect(() => plugin.onRequest?.(new ExchangeFixture())).toThrow('plugin mine: it could not be made: not today')
})
