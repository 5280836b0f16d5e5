import { routeSchema } from '@sluice/shared/entities/route'
import { expandServiceUrl, serviceSchema } from '@sluice/shared/entities/service'
import { compileRouter } from '@sluice/shared/routing/compile'
import type { RouterRoute } from '@sluice/shared/routing/matcher'
import { escapePath, normalizePath } from '@sluice/shared/routing/normalize'
import { buildUpstreamPath } from '@sluice/shared/routing/upstream-path'
import { describe, expect, test } from 'vitest'
import normalization from './data/path-normalization.json' with { type: 'json' }
import { routingCases, routingTable } from './routing-cases.ts'

describe('path normalisation', () => {
  test.each(normalization.cases.map((entry) => [entry.id, entry] as const))('%s', (_, entry) => {
    const output = entry.fn === 'escape' ? escapePath(entry.input) : normalizePath(entry.input, { mergeSlashes: entry.merge_slashes === true })
    expect(output).toBe(entry.output)
  })
})

function defaults(route: Record<string, unknown>): RouterRoute {
  const bare = { methods: null, hosts: null, paths: null, headers: null, snis: null, regex_priority: 0, strip_path: true, preserve_host: false }
  return { ...bare, ...route } as RouterRoute
}

describe('recorded routing cases', () => {
  const cases = routingCases()
  test('are those of our flavour, all of them', () => {
    expect(cases.length).toBe(269)
    expect(cases.filter(({ via }) => via === 'select').length).toBe(64)
  })

  test.each(cases.map((entry) => [`${entry.id} ${entry.about}`, entry] as const))('%s', (_, entry) => {
    const { request, expect: expected } = entry
    const router = compileRouter(routingTable(entry.table).map(defaults))
    const raw = request.path.split('?')[0] ?? ''
    const path = entry.via === 'exec' ? normalizePath(raw) : request.path
    const headers = new Map(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), [value].flat()]))
    const match = router.match({
      method: request.method ?? 'GET',
      path,
      host: request.host ?? null,
      header: (name) => headers.get(name) ?? [],
      scheme: request.scheme === 'https' || request.sni !== undefined ? 'https' : 'http',
      sni: request.sni ?? null,
    })
    const winner = match?.route as { recorded_id?: string } | undefined
    expect(winner?.recorded_id ?? null).toBe(expected.route)
    if (match === null) return
    const service = (match.route as { service?: { path?: string } }).service
    const built = buildUpstreamPath({ requestPath: path, matchedPath: match.matchedPath, stripPath: match.route.strip_path, servicePath: service?.path ?? null })
    if (expected.upstream_uri !== undefined) expect(built.path).toBe(expected.upstream_uri)
    if (expected.stripped_prefix !== undefined) expect(match.route.strip_path ? match.matchedPath : null).toBe(expected.stripped_prefix)
    if (expected.uri_captures !== undefined) expect(match.captures).toEqual(expected.uri_captures)
    if (expected.upstream_host !== undefined) expect(match.route.preserve_host).toBe(true)
  })
})

test('a service takes its address from the url shorthand', () => {
  const service = serviceSchema.parse(expandServiceUrl({ name: 'orders', url: 'https://orders.example.com/v1' }))
  expect(service).toMatchObject({ protocol: 'https', host: 'orders.example.com', port: 443, path: '/v1' })
})

test('a plain path that is not normalised is refused with the one to write', () => {
  const result = routeSchema.safeParse({ paths: ['/a/./b'] })
  expect(result.error?.issues[0]).toMatchObject({ path: ['paths', 0], message: "non-normalized path, consider use '/a/b' instead" })
})

test('a regex with a back-reference is refused', () => {
  const result = routeSchema.safeParse({ paths: ['~/(a)\\1'] })
  expect(result.error?.issues[0]?.message).toContain('invalid regex')
})
