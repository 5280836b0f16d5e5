import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const SHOP = 'https://shop.test:8443/new?x=1'
const run = async (config: unknown, request: RequestFixture = {}) => (await ask(createPlugin('redirect', config), request)).reply
const location = async (config: unknown, request: RequestFixture) => (await run(config, request))?.headers?.Location

test('a client is told where to go, with Kong’s body and no type', async () => {
  expect(await run({ location: SHOP })).toEqual({ kind: 'raw', status: 301, body: 'redirecting', contentType: null, headers: { Location: SHOP } })
  expect((await run({ location: SHOP, status_code: 308 }))?.status).toBe(308)
})

test('the path of the request does not count, unless it is kept', async () => {
  expect(await location({ location: SHOP }, { path: '/old', query: 'y=2' })).toBe(SHOP)
  expect(await location({ location: SHOP, keep_incoming_path: true }, { path: '/old', query: 'y=2' })).toBe('https://shop.test:8443/old?y=2')
  expect(await location({ location: SHOP, keep_incoming_path: true }, { path: '/\xc3\xbc b', query: null })).toBe('https://shop.test:8443/%C3%BC%20b')
  expect(await location({ location: 'http://shop.test', keep_incoming_path: true }, { path: '//evil.test/' })).toBe('http://shop.test//evil.test/')
})

test('no path leads to another host (property)', () => {
  const path = fc.string({ unit: 'binary-ascii' }).map((text) => `/${text}`)
  return fc.assert(
    fc.asyncProperty(path, async (text) => {
      const target = await location({ location: 'https://shop.test', keep_incoming_path: true }, { path: text })
      expect(new URL(String(target)).host).toBe('shop.test')
      expect(target).toMatch(/^[\x21-\x7e]+$/)
    }),
  )
})

test.each<[unknown, string]>([
  [{}, 'location'],
  [{ location: '/new' }, 'location: must be a URL with http:// or https://'],
  [{ location: 'javascript:alert(1)' }, 'location: must be a URL with http:// or https://'],
  [{ location: 'https://' }, 'location: must be a URL with http:// or https://'],
  [{ location: 'https://shop.test/ü' }, 'location: may have printable ASCII only'],
  [{ location: 'https://shop.test/\r\nX: 1' }, 'location: may have printable ASCII only'],
  [{ location: 'https://user:secret@shop.test' }, 'location: may not have a user or a password'],
  [{ location: SHOP, status_code: 200 }, 'status_code'],
  [{ location: SHOP, status_code: 304 }, 'status_code: 304 says that nothing changed'],
  [{ location: SHOP, path: '/' }, ': path'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('redirect', config).some((text) => text.startsWith(problem))).toBe(true)
})
