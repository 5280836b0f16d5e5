import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { PLUGIN_SCHEMAS } from './schemas.ts'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture } from './testing/exchange-fixture.ts'
import { createPlugin } from './testing/run-plugin.ts'

/** A configuration that a schema takes is compiled and handles any request, for every plugin there is. */

interface Shape {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Shape[]
  items?: Shape
  properties?: Record<string, Shape>
  required?: string[]
  additionalProperties?: Shape | boolean
  minimum?: number
  maximum?: number
}

/** Texts that some field or other takes, so that not all of them are refused. */
const TEXTS = [
  'a',
  'x-name',
  'x-name:value',
  'a:$(headers.x_a or "b")',
  'a:1',
  '/path',
  '10.0.0.0/8',
  '::1',
  'https://shop.test',
  '^a+$',
  '(a|b)*c',
  'host:other',
  'GET',
  'é',
  '__proto__',
  'a,b',
  '5',
  'true',
  'ldap.test',
  'a-session-secret-for-tests-only-0123',
  'dc=example,dc=com',
  '0d0c2a9e-2c5e-4c55-a3a8-6a0f2a7a3c11',
  '[{"a":{"type":"string"}}]',
]
const text = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...TEXTS) }, fc.string({ maxLength: 20 }))

function numberOf({ type, minimum = -1, maximum = 100_000 }: Shape): fc.Arbitrary<unknown> {
  const [min, max] = [Math.max(minimum, -1_000_000), Math.min(maximum, 1_000_000)]
  return type === 'integer' ? fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max)) : fc.double({ min, max, noNaN: true }).map((value) => Math.round(value * 10) / 10)
}

function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.anyOf !== undefined) return fc.oneof(...shape.anyOf.map(arbitraryOf))
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum)
  if ('const' in shape) return fc.constant(shape.const)
  switch (shape.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return numberOf(shape)
    case 'array':
      return fc.array(arbitraryOf(shape.items ?? {}), { maxLength: 3 })
    case 'object':
      return shape.properties === undefined
        ? fc.dictionary(text, typeof shape.additionalProperties === 'object' ? arbitraryOf(shape.additionalProperties) : text, { maxKeys: 3 })
        : fc.record(Object.fromEntries(Object.entries(shape.properties).map(([name, field]) => [name, arbitraryOf(field)])), { requiredKeys: shape.required ?? [] })
    default:
      return text
  }
}

const fieldValue = fc.oneof(text, fc.string({ unit: 'binary', maxLength: 20 })).map((value) => value.replaceAll(/[\0\r\n]|[^\0-\xff]/g, ''))
const request: fc.Arbitrary<RequestFixture> = fc.record(
  {
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'),
    path: fc.constantFrom('/', '/a/b', '/\xc3\xbc'),
    query: fc.oneof(fc.constant(null), fc.webQueryParameters(), fc.constantFrom('%', 'a=%zz&&=', 'apikey=a&apikey=b')),
    clientIp: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('')),
    headers: fc.dictionary(
      fc.constantFrom('user-agent', 'content-type', 'content-length', 'authorization', 'origin', 'cookie', 'x-name', 'a', 'accept'),
      fc.oneof(fieldValue, fc.array(fieldValue, { maxLength: 2 }), fc.constantFrom('application/json', 'application/x-www-form-urlencoded')),
    ),
    body: fc.oneof(fc.string({ maxLength: 50 }), fc.json({ maxDepth: 3 })),
    uriCaptures: fc.constant({ 1: 'one', id: false as const }),
    consumer: fc.constantFrom(null, consumerFixture('anna', { acl_groups: ['a'], groups: ['b'] })),
    responseHeaders: fc.dictionary(fc.constantFrom('content-type', 'server', 'vary', 'a'), fc.oneof(fieldValue, fc.constant('application/json'))),
  },
  { requiredKeys: [] },
)

/** The value without what is at `path`, or below its last part that is there. */
function without(value: unknown, [first, ...rest]: readonly PropertyKey[]): unknown {
  if (first === undefined || typeof value !== 'object' || value === null) return value
  const isLast = rest.length === 0
  if (Array.isArray(value)) return isLast ? value.filter((_, index) => index !== first) : value.map((entry, index) => (index === first ? without(entry, rest) : entry))
  return Object.fromEntries(Object.entries(value).flatMap(([name, entry]) => (name !== first ? [[name, entry]] : isLast ? [] : [[name, without(entry, rest)]])))
}

/** The value without what a schema refuses of it, one complaint at a time; null where it never takes it. */
function repaired(schema: z.ZodType, value: unknown): unknown {
  let left = value
  for (let tries = 0; tries < REPAIRS_MAX; tries += 1) {
    const issue = schema.safeParse(left).error?.issues[0]
    if (issue === undefined) return left
    const next = without(left, issue.path)
    // What another field asks for is missing: fields go until none asks for it.
    left = JSON.stringify(next) === JSON.stringify(left) ? withoutLast(left) : next
  }
  return null
}

/** A configuration has at most so many fields, lists in which something is wrong more than once included. */
const REPAIRS_MAX = 120

const withoutLast = (value: unknown): unknown => (typeof value === 'object' && value !== null ? without(value, Object.keys(value).slice(-1)) : value)

/** A delay that a plugin makes is over at once. */
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
})
afterAll(() => {
  vi.useRealTimers()
})

/** What waits for a timer need not wait; other timers of plugins may go on for ever. */
async function settled(outcome: Promise<unknown>): Promise<void> {
  let isSettled = false
  const done = outcome.finally(() => {
    isSettled = true
  })
  done.catch(() => undefined)
  for (let turns = 0; !isSettled; turns += 1) {
    if (turns < 20) await Promise.resolve()
    else await vi.advanceTimersToNextTimerAsync()
  }
  await done
}

async function passes(plugin: ReturnType<typeof createPlugin>, given: RequestFixture): Promise<void> {
  const exchange = new ExchangeFixture(given)
  const outcome = plugin.onRequest?.(exchange)
  if (outcome instanceof Promise) await settled(outcome)
  for (const watch of exchange.watches) watch.onPiece(new TextEncoder().encode(given.body)) ?? watch.onEnd()
  plugin.onReply?.(exchange, { status: 401, reason: 'Unauthorized', message: null, contentType: 'text/plain', body: 'a', origin: 'plugin' })
  plugin.onResponse?.(exchange)
  for (const { rewrite } of exchange.rewrites) rewrite(new TextEncoder().encode(given.body ?? '{"a":1}'))
  plugin.onEnd?.(exchange)
  exchange.end()
}

describe.each(Object.entries(PLUGIN_SCHEMAS))('%s', (name, schema) => {
  const config = arbitraryOf(z.toJSONSchema(schema.config, { io: 'input' }) as Shape)

  test('a configuration that is taken is compiled, and handles requests without a throw (property)', async () => {
    let taken = 0
    const property = fc.asyncProperty(config, fc.array(request, { minLength: 1, maxLength: 4 }), async (given, requests) => {
      const good = repaired(schema.config, given)
      if (good === null) return
      taken += 1
      const plugin = createPlugin(name, good, environmentFixture())
      for (const one of requests) await passes(plugin, one)
      vi.clearAllTimers()
    })
    await fc.assert(property, { numRuns: 150 })
    expect(taken, 'configurations that were taken').toBeGreaterThan(0)
  })
})
