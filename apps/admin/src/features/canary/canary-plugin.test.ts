import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canaryOfService, destinationOf, elseBy, modeOf, newCanary, type PluginRow, rampAt, stickyBy } from './canary-plugin.ts'

const SERVICE = '11111111-1111-4111-8111-111111111111'
const plugin = (more: Partial<PluginRow>): PluginRow =>
  ({ id: 'p', name: 'canary', service: { id: SERVICE }, route: null, consumer: null, consumer_group: null, config: {}, ...more }) as PluginRow
const form = { upstream_host: 'orders-v2', upstream_port: '', hash: 'header', hash_header: 'x-account' }

test('the canary of a service is the one that is bound to nothing else', () => {
  const wanted = plugin({ id: 'wanted' })
  const others = [
    plugin({ id: 'route', route: { id: 'r' } }),
    plugin({ id: 'other', service: { id: 'other' } }),
    plugin({ id: 'key-auth', name: 'key-auth' }),
    plugin({ id: 'consumer', consumer: { id: 'c' } }),
  ]
  expect(canaryOfService([...others, wanted], SERVICE)).toBe(wanted)
  expect(canaryOfService(others, SERVICE)).toBeNull()
})

test.each([
  [{ hash: 'consumer', percentage: 5, start: null }, 'share'],
  [{ hash: 'ip', percentage: 5, start: 1 }, 'share'],
  [{ hash: 'none', percentage: null, start: 1 }, 'ramp'],
  [{ hash: 'allow', percentage: null, start: null }, 'groups'],
  [{ hash: 'deny', percentage: 5, start: 1 }, 'groups'],
] as const)('%j goes by %s', (config, mode) => {
  expect(modeOf(config)).toBe(mode)
})

test('what the canary leaves out stays that of the service', () => {
  expect(destinationOf({ upstream_host: 'orders-v2', upstream_port: null, upstream_uri: null }, 'orders-v1')).toBe('orders-v2')
  expect(destinationOf({ upstream_host: null, upstream_port: 9000, upstream_uri: '/v2' }, 'orders-v1')).toBe('orders-v1:9000/v2')
})

test('every way of keeping callers on their side has a name, and drawing anew has none', () => {
  const config = { hash_header: 'x-account', hash_cookie: 'sluice_canary' }
  expect(stickyBy({ ...config, hash: 'header' })).toBe('header x-account')
  expect(elseBy({ ...config, hash: 'header' })).toBe('consumer or address')
  expect(elseBy({ ...config, hash: 'cookie' })).toBeNull()
  expect(stickyBy({ ...config, hash: 'cookie' })).toBe('cookie sluice_canary')
  expect(stickyBy({ ...config, hash: 'none' })).toBeNull()
})

test('a ramp goes from nothing to everything and stays there', () => {
  const ramp = { start: 1000, duration: 100 }
  expect([rampAt(ramp, 900), rampAt(ramp, 1000), rampAt(ramp, 1025), rampAt(ramp, 1100), rampAt(ramp, 9000)]).toEqual([0, 0, 25, 100, 100])
  expect(rampAt({ start: null, duration: 100 }, 1025)).toBe(0)
})

test('the schema of the plugin accepts what the form makes, for every way of keeping callers', () => {
  const schema = PLUGIN_SCHEMAS.canary?.config
  for (const hash of ['consumer', 'ip', 'header', 'cookie', 'none']) {
    const { config } = newCanary(SERVICE, { ...form, hash })
    expect(schema?.safeParse(config).success, hash).toBe(true)
  }
})

test('a new canary takes no traffic and can be forced by a header', () => {
  expect(newCanary(SERVICE, form)).toEqual({
    name: 'canary',
    service: { id: SERVICE },
    config: { percentage: 0, upstream_host: 'orders-v2', upstream_port: null, hash: 'header', hash_header: 'x-account', canary_by_header_name: 'x-canary' },
  })
})

test('an empty or impossible form is refused by the schema and not sent as something else', () => {
  const schema = PLUGIN_SCHEMAS.canary?.config
  const refused = [
    { ...form, upstream_host: ' ' },
    { ...form, hash_header: '' },
    { ...form, upstream_port: 'eighty' },
  ]
  for (const broken of refused) expect(schema?.safeParse(newCanary(SERVICE, broken).config).success, JSON.stringify(broken)).toBe(false)
})

test('the ramp never goes back', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), (a, b) => {
      const ramp = { start: 3000, duration: 3600 }
      expect(rampAt(ramp, Math.min(a, b))).toBeLessThanOrEqual(rampAt(ramp, Math.max(a, b)))
    }),
  )
})
