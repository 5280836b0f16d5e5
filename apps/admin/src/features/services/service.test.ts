import { expect, test } from 'vitest'
import { addressOf } from './address.ts'
import { canaryOf } from './canary.ts'
import { serviceAdvice } from './service-form.ts'

test.each([
  [{ protocol: 'http', host: 'orders', port: 80, path: null }, 'http://orders'],
  [{ protocol: 'http', host: 'orders', port: 8080, path: '/v2' }, 'http://orders:8080/v2'],
  [{ protocol: 'https', host: 'orders', port: 443, path: null }, 'https://orders'],
  [{ protocol: 'https', host: 'orders', port: 80, path: null }, 'https://orders:80'],
  [{ protocol: 'http', host: '::1', port: 80, path: null }, 'http://[::1]'],
  [{ protocol: 'http', host: '[::1]', port: 81, path: null }, 'http://[::1]:81'],
  [{ protocol: 'tcp', host: 'db', port: 5432, path: null }, 'tcp://db:5432'],
] as const)('%j is written %s', (service, address) => {
  expect(addressOf(service)).toBe(address)
})

const canary = (part: object) => ({ id: 'p', name: 'canary', enabled: true, service: { id: 's1' }, route: null, consumer: null, config: { percentage: 12.5 }, ...part })

test('the canary of a service is the one bound to it as a whole', () => {
  expect(canaryOf([canary({ service: { id: 'other' } }), canary({})], 's1')).toEqual({ percentage: 12.5, enabled: true })
  expect(canaryOf([canary({ route: { id: 'r1' } })], 's1')).toBeNull()
  expect(canaryOf([canary({ consumer: { id: 'c1' } })], 's1')).toBeNull()
  expect(canaryOf([canary({ name: 'cors' })], 's1')).toBeNull()
  expect(canaryOf([canary({ service: null })], 's1')).toBeNull()
})

test('a canary that moves by time has no share, and a switched off one says so', () => {
  expect(canaryOf([canary({ config: { percentage: null, start: 1 } })], 's1')).toEqual({ percentage: null, enabled: true })
  expect(canaryOf([canary({ enabled: false })], 's1')).toEqual({ percentage: 12.5, enabled: false })
})

test('a protocol that nodes do not speak is warned of at its field, by name', () => {
  expect(serviceAdvice({})).toEqual({})
  expect(serviceAdvice({ protocol: 'https' })).toEqual({})
  expect(serviceAdvice({ protocol: 'grpc' }).protocol).toContain('grpc')
})
