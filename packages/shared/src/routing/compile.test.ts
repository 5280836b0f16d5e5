import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRouter } from './compile.ts'
import type { RouteRequest, RouterRoute } from './matcher.ts'
import { naiveMatch } from './testing/naive-router.ts'

/** Few words, so that random routes and random requests meet often. */
const HOSTS = ['a.test', 'b.test', 'x.a.test', 'y.x.a.test', 'a.test.org', 'a.test:80', 'a.test:8080', 'b.test:80']
const HOST_PATTERNS = ['a.test', 'b.test', 'x.a.test', '*.a.test', '*.test', 'a.test.*', 'a.*', 'a.test:80', '*.a.test:80', 'b.test:8080']
const PATHS = ['/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/b', '/b/a', '/1', '/12/x', '/a/1']
const PATH_PATTERNS = [...PATHS, '~/a/\\d', '~/\\d+', '~/(?<word>[a-z]+)', '~/a/b$', '~/(a|b)/']
const METHODS = ['GET', 'POST', 'DELETE']
const SNIS = ['a.test', '*.a.test', 'a.*', 'b.test.']
const HEADER_VALUES = ['one', 'Two', '~*^t', '~*e$']

const optional = <T>(values: readonly T[], max: number) => fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max }), { nil: null, freq: 2 })
const headers = fc.option(
  fc.dictionary(fc.constantFrom('x-a', 'X-B'), fc.uniqueArray(fc.constantFrom(...HEADER_VALUES), { minLength: 1, maxLength: 2 }), { minKeys: 1, maxKeys: 2 }),
  {
    nil: null,
    freq: 2,
  },
)
const route: fc.Arbitrary<RouterRoute> = fc.record({
  id: fc.uuid(),
  methods: optional(METHODS, 2),
  hosts: optional(HOST_PATTERNS, 3),
  paths: optional(PATH_PATTERNS, 4),
  headers,
  snis: optional(SNIS, 2),
  regex_priority: fc.integer({ min: 0, max: 3 }),
  strip_path: fc.boolean(),
})
const routes = fc.uniqueArray(route, { selector: ({ id }) => id, maxLength: 12 })

const request: fc.Arbitrary<RouteRequest & { sent: Record<string, string[]> }> = fc
  .record({
    method: fc.constantFrom(...METHODS, 'PUT'),
    path: fc.oneof(
      fc.constantFrom(...PATHS),
      fc.array(fc.constantFrom('a', 'b', '1', 'ab', ''), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
    ),
    host: fc.option(fc.constantFrom(...HOSTS), { nil: null, freq: 10 }),
    scheme: fc.constantFrom('http' as const, 'https' as const),
    sni: fc.option(fc.constantFrom('a.test', 'x.a.test', 'b.test', 'A.test', 'a.test.'), { nil: null }),
    sent: fc.dictionary(fc.constantFrom('x-a', 'x-b'), fc.array(fc.constantFrom('one', 'two', 'TWO', 'three'), { minLength: 1, maxLength: 2 })),
  })
  .map((fields) => ({ ...fields, header: (name: string) => fields.sent[name] ?? [] }))

describe('the compiled router', () => {
  test('takes the route that a plain reading of the rules takes, for random routes and requests', () => {
    fc.assert(
      fc.property(routes, fc.array(request, { minLength: 1, maxLength: 8 }), (table, asked) => {
        const router = compileRouter(table)
        for (const one of asked) expect(router.match(one)?.route.id ?? null).toBe(naiveMatch(table, one))
      }),
      { numRuns: 1_500 },
    )
  })

  test('takes the same route whatever the order in which the routes come', () => {
    fc.assert(
      fc.property(routes, request, (table, asked) => {
        expect(compileRouter([...table].reverse()).match(asked)?.route.id).toBe(compileRouter(table).match(asked)?.route.id)
      }),
      { numRuns: 300 },
    )
  })

  test('that took changes answers like one of the routes that there are after them, and all before it as before', () => {
    const steps = fc.array(fc.uniqueArray(fc.tuple(fc.nat(11), fc.option(route, { nil: null, freq: 3 })), { selector: ([place]) => place, minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(steps, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), fc.array(request, { minLength: 1, maxLength: 6 }), (changes, kept, asked) => {
        let table = new Map<string, RouterRoute>()
        let router = compileRouter([])
        const versions = [{ router, table }]
        for (const [step, places] of changes.entries()) {
          const after = new Map(table)
          const change = places.map(([place, taken]): [string, RouterRoute | null] => {
            const id = `00000000-0000-4000-8000-0000000000${String(place).padStart(2, '0')}`
            if (taken === null) after.delete(id)
            else after.set(id, { ...taken, id })
            return [id, after.get(id) ?? null]
          })
          const next = router.with(change)
          versions.push({ router: next, table: after })
          // One that is not kept is a change that was given up: the next one starts from what was there before.
          if (kept[step] !== false) [router, table] = [next, after]
        }
        for (const version of versions) {
          for (const one of asked) expect(version.router.match(one)?.route.id ?? null).toBe(naiveMatch([...version.table.values()], one))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('explains what it does: the one that won is the one that it takes, and all before it have a misfit', () => {
    fc.assert(
      fc.property(routes, request, (table, asked) => {
        const router = compileRouter(table)
        const lines = router.explain(asked)
        const won = lines.findIndex(({ verdict }) => verdict === 'won')
        expect(lines[won]?.route.id ?? null).toBe(router.match(asked)?.route.id ?? null)
        for (const { verdict } of won < 0 ? lines : lines.slice(0, won)) expect(['method', 'host', 'sni', 'header', 'path']).toContain(verdict)
      }),
      { numRuns: 300 },
    )
  })

  test('gives the matched path: a prefix of the request’s, and one of the route’s where it is plain', () => {
    fc.assert(
      fc.property(routes, request, (table, asked) => {
        const match = compileRouter(table).match(asked)
        if (match === null) return
        if ((match.route.paths ?? []).length === 0) expect(match.matchedPath).toBeNull()
        else expect(asked.path.startsWith(match.matchedPath ?? 'none')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('growth', () => {
  test('a match among 20,000 routes looks at few of them', () => {
    const table = Array.from(
      { length: 20_000 },
      (_, index): RouterRoute => ({
        id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        methods: null,
        hosts: index % 2 === 0 ? [`h${index}.test`] : null,
        paths: [`/p${index}`],
        headers: null,
        snis: null,
        regex_priority: 0,
        strip_path: true,
      }),
    )
    const router = compileRouter(table)
    const ask = (index: number) => router.match({ method: 'GET', path: `/p${index}/x`, host: `h${index}.test`, header: () => [], scheme: 'http', sni: null })?.route.id
    const startedAt = performance.now()
    for (let index = 0; index < 20_000; index += 1) expect(ask(index)).toBe(table[index]?.id)
    // A walk over all of them takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
