import { expect, test } from 'vitest'
import { type BoundPlugin, besidesOf, pipelineOf } from './pipeline.ts'

let count = 0
function plugin(name: string, part: Partial<BoundPlugin> = {}): BoundPlugin {
  count += 1
  return { id: `p${count}`, name, instance_name: null, enabled: true, service: null, route: null, consumer: null, consumer_group: null, ...part }
}
const SERVICE = { id: 's1' }
const ROUTE = { id: 'r1' }
const ON_ROUTE = { service: 's1', route: 'r1' }
const ON_SERVICE = { service: 's1', route: null }
const names = (steps: readonly { plugin: BoundPlugin }[]) => steps.map((step) => step.plugin.name)

test('plugins run in the order of their priority, wherever they are bound', () => {
  const plugins = [plugin('canary', { service: SERVICE }), plugin('cors'), plugin('rate-limiting', { route: ROUTE }), plugin('key-auth', { service: SERVICE })]
  const steps = pipelineOf(plugins, ON_ROUTE)
  expect(names(steps)).toEqual(['cors', 'key-auth', 'rate-limiting', 'canary'])
  expect(steps.map((step) => step.origin)).toEqual(['global', 'service', 'own', 'service'])
})

test('seen from a service, its own plugins are own and those of its routes are not there', () => {
  const steps = pipelineOf([plugin('cors'), plugin('key-auth', { service: SERVICE }), plugin('rate-limiting', { route: ROUTE })], ON_SERVICE)
  expect(steps.map((step) => [step.plugin.name, step.origin])).toEqual([
    ['cors', 'global'],
    ['key-auth', 'own'],
  ])
})

test('the most specific one of a name runs and says what it replaces', () => {
  const everywhere = plugin('rate-limiting')
  const onService = plugin('rate-limiting', { service: SERVICE })
  const onRoute = plugin('rate-limiting', { route: ROUTE })
  const onBoth = plugin('rate-limiting', { route: ROUTE, service: SERVICE })
  const [step] = pipelineOf([everywhere, onRoute, onBoth, onService], ON_ROUTE)
  expect(step?.plugin).toBe(onBoth)
  expect(step?.replaced.map(({ plugin: { id }, origin }) => [id, origin])).toEqual([
    [onRoute.id, 'own'],
    [onService.id, 'service'],
    [everywhere.id, 'global'],
  ])
})

test('plugins of another service or route never appear', () => {
  const plugins = [plugin('cors', { service: { id: 'other' } }), plugin('key-auth', { route: { id: 'other' } }), plugin('canary', { route: ROUTE, service: { id: 'other' } })]
  expect(pipelineOf(plugins, ON_ROUTE)).toEqual([])
  expect(besidesOf(plugins, ON_ROUTE)).toEqual([])
})

test('a disabled plugin replaces nothing and is listed beside', () => {
  const everywhere = plugin('cors')
  const off = plugin('cors', { route: ROUTE, enabled: false })
  expect(pipelineOf([everywhere, off], ON_ROUTE).map((step) => step.plugin)).toEqual([everywhere])
  expect(besidesOf([everywhere, off], ON_ROUTE)).toEqual([off])
})

test('a plugin for some callers is no part of what runs for everyone', () => {
  const forConsumer = plugin('rate-limiting', { service: SERVICE, consumer: { id: 'c1' } })
  const forGroup = plugin('rate-limiting', { service: SERVICE, consumer_group: { id: 'g1' } })
  expect(pipelineOf([forConsumer, forGroup], ON_SERVICE)).toEqual([])
  expect(besidesOf([forConsumer, forGroup], ON_SERVICE)).toEqual([forConsumer, forGroup])
})

test('a route without a service gets nothing of any service', () => {
  expect(names(pipelineOf([plugin('key-auth', { service: SERVICE }), plugin('cors')], { service: null, route: 'r1' }))).toEqual(['cors'])
})

test('a plugin that this version does not know comes last', () => {
  expect(names(pipelineOf([plugin('brand-new'), plugin('request-termination')], ON_ROUTE))).toEqual(['request-termination', 'brand-new'])
})
