import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from '../integration/harness/node-process.ts'
import { Origin } from '../integration/harness/origin.ts'
import { sendRaw } from '../integration/harness/raw-request.ts'
import normalization from './data/path-normalization.json' with { type: 'json' }
import { type RoutingCase, routingCases, routingTable } from './routing-cases.ts'

let node: NodeProcess
let origin: Origin
let loaded = ''
let recordedIds = new Map<string, string>()

beforeAll(async () => {
  origin = await Origin.start('echo', (_, response, received) => response.end(JSON.stringify(received)))
  node = await NodeProcess.start()
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const isUuid = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)

/** Routes that Kong itself refuses in a configuration: a port after a trailing wildcard, and a plain path that is not normalised. */
function isRefused(route: { hosts?: string[]; paths?: string[] }): boolean {
  return (route.hosts ?? []).some((host) => /\.\*:\d+$/.test(host)) || (route.paths ?? []).some((path) => path === '/plain/a.b%58c')
}

type TableRoute = { id: string; recorded_id: string; service?: { path?: string; protocol?: string }; hosts?: string[]; paths?: string[]; path_handling?: string }

/** The routes of a table that can stand in a configuration of a node that speaks HTTP/1.1 to upstreams. */
function configurable(table: string): TableRoute[] {
  return (routingTable(table) as TableRoute[]).filter((route) => !isRefused(route) && !route.service?.protocol?.startsWith('grpc'))
}

/** One service per route, each with a path of its own kept as recorded; the route tells itself by a header that a plugin adds. */
function documentOf(table: string): Record<string, unknown> {
  recordedIds = new Map()
  const routes = configurable(table)
  const services: unknown[] = []
  const flat: unknown[] = []
  for (const [index, { recorded_id, service, path_handling: _, ...route }] of routes.entries()) {
    const id = isUuid(route.id) ? route.id : randomUUID()
    recordedIds.set(id, recorded_id)
    const plugins = [{ name: 'correlation-id', config: { header_name: `x-route-${id}`, generator: 'uuid' } }]
    const fields = { ...route, id, plugins }
    if (service === undefined) flat.push(fields)
    else services.push({ name: `s${index}`, host: '127.0.0.1', port: origin.port, path: service.path ?? null, routes: [fields] })
  }
  return { _format_version: '3.0', services, routes: flat }
}

async function load(table: string): Promise<void> {
  if (loaded === table) return
  const answer = await node.postConfig(documentOf(table))
  if (answer.status !== 201) throw new Error(`${table}: ${JSON.stringify(answer.body.issues?.slice(0, 3))}`)
  loaded = table
}

async function send({ request }: RoutingCase) {
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) => [value].flat().flatMap((line) => [name, line]))
  return sendRaw({
    base: node.proxy,
    method: request.method ?? 'GET',
    path: request.path,
    headers: [...(request.headers?.host === undefined ? ['Host', request.host ?? 'no-route-names-this.invalid'] : []), ...headers],
  })
}

/** Why a case cannot be sent to a node, or null. The pure run has every case of our flavour. */
function whyNotSent({ blackbox, request, table, expect: { route } }: RoutingCase): string | null {
  if (!blackbox) return 'not to be sent as plain HTTP'
  if (request.scheme === 'https' || request.sni !== undefined) return 'over TLS'
  if (request.host === '') return 'HTTP/1.0 without Host'
  if (request.method === 'TRACE') return 'TRACE is refused before routing'
  const isThere = route === null || configurable(table).some(({ recorded_id }) => recorded_id === route)
  return isThere ? null : 'the winner speaks gRPC, or is a route that Kong refuses in a document'
}

const sendable = routingCases().filter((entry) => whyNotSent(entry) === null)

describe('recorded routing cases through a node', () => {
  test('are all there but for those that have a reason', () => {
    const counts: Record<string, number> = {}
    for (const entry of routingCases()) {
      const reason = whyNotSent(entry) ?? 'sent'
      counts[reason] = (counts[reason] ?? 0) + 1
    }
    expect(counts).toEqual({
      sent: 256,
      'not to be sent as plain HTTP': 3,
      'TRACE is refused before routing': 3,
      'the winner speaks gRPC, or is a route that Kong refuses in a document': 7,
    })
  })

  test.each(sendable.map((entry) => [`${entry.id} ${entry.about}`, entry] as const))('%s', async (_, entry) => {
    await load(entry.table)
    const before = origin.received.length
    const answer = await send(entry)
    if (entry.expect.route === null) {
      expect(answer.status).toBe(404)
      expect(answer.body).toContain('no Route matched with those values')
      return
    }
    const hasService = configurable(entry.table).some(({ recorded_id, service }) => recorded_id === entry.expect.route && service !== undefined)
    if (!hasService) {
      expect(answer.status).toBe(503)
      expect(answer.body).toContain('no Service found with those values')
      return
    }
    expect(answer.status).toBe(200)
    const received = origin.received[before]
    const winner = Object.keys(received?.headers ?? {})
      .find((name) => name.startsWith('x-route-'))
      ?.slice('x-route-'.length)
    expect(recordedIds.get(winner ?? '')).toBe(entry.expect.route)
    if (entry.expect.upstream_uri !== undefined) expect(decodeURI(received?.url.split('?')[0] ?? '')).toBe(decodeURI(escapeLoosely(entry.expect.upstream_uri)))
    if (entry.expect.upstream_host !== undefined) expect(received?.headers.host).toBe(entry.expect.upstream_host)
    const prefix = entry.expect.stripped_prefix
    if (prefix !== undefined && prefix !== '/') expect(received?.headers['x-forwarded-prefix']).toBe(prefix)
  })
})

/** Recorded paths are written before percent-encoding, the received ones after it. */
function escapeLoosely(path: string): string {
  return path.replace(/[^!#$%&'()*+,/:;=?@[\]A-Za-z0-9\-_.~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

describe('paths that a node refuses', () => {
  const refused = normalization.cases.filter((entry) => 'http' in entry)
  test.each(refused.map((entry) => [entry.input] as const))('%s is answered 400', async (path) => {
    const answer = await sendRaw({ base: node.proxy, path })
    expect(answer.status).toBe(400)
  })
})
