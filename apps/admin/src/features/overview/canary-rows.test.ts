import { expect, test } from 'vitest'
import type { Row } from '../../trpc/entities.ts'
import { canaryRows } from './canary-rows.ts'

const service = (id: string, name: string | null) => ({ id, name, host: `${id}-v1` }) as Row<'service'>
const config = {
  percentage: 10,
  upstream_host: 'v2',
  upstream_port: null,
  upstream_uri: null,
  hash: 'header',
  hash_header: 'x-account',
  hash_cookie: '',
  start: null,
  duration: 100,
}
const plugin = (id: string, more: object = {}) =>
  ({ id, name: 'canary', enabled: true, service: { id: 'orders' }, route: null, consumer: null, consumer_group: null, config, ...more }) as unknown as Row<'plugin'>
const services = [service('orders', 'orders'), service('search', null)]

test('a canary of a service leads to its page and says from where to where', () => {
  expect(canaryRows([plugin('p')], services, 0)).toEqual([
    { id: 'p', name: 'orders', from: 'orders-v1', to: 'v2', percentage: 10, mode: 'share', enabled: true, href: '/services/orders/canary' },
  ])
})

test('one that is bound to a route or to everything leads to its plugin', () => {
  const rows = canaryRows([plugin('route', { service: null, route: { id: 'r' } }), plugin('global', { service: null }), plugin('both', { route: { id: 'r' } })], services, 0)
  expect(rows.map(({ name, href }) => [name, href])).toEqual([
    ['every service', '/plugins/global'],
    ['one route', '/plugins/route'],
    ['orders', '/plugins/both'],
  ])
})

test('a ramp is where it is now, and groups have no share', () => {
  const ramp = plugin('ramp', { config: { ...config, percentage: null, start: 100 } })
  const groups = plugin('groups', { config: { ...config, hash: 'allow', groups: ['beta'] } })
  expect(canaryRows([groups, ramp], services, 150).map(({ id, percentage }) => [id, percentage])).toEqual([
    ['ramp', 50],
    ['groups', null],
  ])
})

test('the largest share comes first, and a service without a name goes by its host', () => {
  const rows = canaryRows([plugin('small'), plugin('large', { service: { id: 'search' }, config: { ...config, percentage: 60 } })], services, 0)
  expect(rows.map(({ name }) => name)).toEqual(['search-v1', 'orders'])
})
