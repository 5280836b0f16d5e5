import type { ServerResponse } from 'node:http'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from '../integration/harness/node-process.ts'
import { Origin, type Received } from '../integration/harness/origin.ts'
import { type RawAnswer, sendRaw } from '../integration/harness/raw-request.ts'
import { RawSocket } from '../integration/harness/raw-socket.ts'
import { dependsOnFields, generated } from './generated-values.ts'
import { type FieldExpectation, nodeSettings, ourName, ourPattern, type PluginCase, type PluginStep, RECORDED_CASES, whyNotRun } from './plugin-cases.ts'

/** One node for each set of settings that cases need. */
const nodes = new Map<string, NodeProcess>()
let origin: Origin

/** The test upstream of the recorded cases: an echo, and paths that answer as their name says. */
function answer(response: ServerResponse, received: Received): void {
  const url = new URL(received.url, 'http://origin')
  const status = /^\/status\/(\d+)$/.exec(url.pathname)?.[1]
  response.setHeader('content-type', 'application/json')
  if (url.pathname === '/response-headers') for (const [name, value] of url.searchParams) response.setHeader(name, value)
  response.statusCode = status === undefined ? 200 : Number(status)
  const own = url.searchParams.get('body')
  if (url.pathname === '/response-text') response.setHeader('content-type', 'text/plain')
  if (own !== null && url.pathname.startsWith('/response-')) {
    response.end(own)
    return
  }
  response.end(JSON.stringify({ method: received.method, path: url.pathname, headers: received.headers, body: received.body }))
}

beforeAll(async () => {
  origin = await Origin.start('echo', (_, response, received) => answer(response, received))
})
afterAll(async () => {
  await Promise.all([...nodes.values()].map((node) => node.stop()))
  await origin?.stop()
})

async function nodeFor(entry: PluginCase): Promise<NodeProcess> {
  const env = nodeSettings(entry) ?? {}
  const key = JSON.stringify(env)
  const node = nodes.get(key) ?? (await NodeProcess.start({ env }))
  nodes.set(key, node)
  return node
}

/** A request with neither length nor body: node:http would write the one or the other. */
async function sendBare({ base, method, path, headers }: { base: string; method: string; path: string; headers: string[] }): Promise<RawAnswer> {
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\nConnection: close\r\n`
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
  const [top = '', body = ''] = (await RawSocket.talk(base, `${head}\r\n`)).split('\r\n\r\n')
  const lines = top.split('\r\n').slice(1)
  return { status: Number(top.slice(9, 12)), headers: Object.fromEntries(lines.map((line) => line.toLowerCase().split(': '))), rawHeaders: [], body }
}

function requestOf({ request }: PluginStep, base: string) {
  const method = request.method ?? 'GET'
  const unsigned = { method, target: request.path ?? '/', headers: new Map<string, string>() }
  const path = `${unsigned.target}${request.query === undefined ? '' : `?${generated(request.query, unsigned)}`}`
  const made = new Map<string, string>()
  const headers = Object.entries(request.headers ?? {})
    .sort(([, a], [, b]) => Number(dependsOnFields(a)) - Number(dependsOnFields(b)))
    .flatMap(([name, value]) => {
      if (value === null) return []
      return [generated(value, { method, target: path, headers: made })].flat().flatMap((line) => {
        made.set(name.toLowerCase(), String(line))
        return [name, String(line)]
      })
    })
  const { body } = request
  const has = (name: string) => headers.some((field, index) => index % 2 === 0 && field.toLowerCase() === name)
  let text: string | undefined
  if (body?.json !== undefined) text = JSON.stringify(body.json)
  else if (body?.form !== undefined) {
    text = new URLSearchParams(body.form).toString()
    if (!has('content-type')) headers.push('Content-Type', 'application/x-www-form-urlencoded')
  } else if (body?.raw !== undefined) text = body.raw
  else if (body?.raw_repeat !== undefined) text = body.raw_repeat[0].repeat(body.raw_repeat[1])
  return { base, method, path, headers, body: text }
}

const NO_PLACE = { method: 'GET', target: '/', headers: new Map<string, string>() }

function expectFields(fields: Record<string, FieldExpectation>, lookUp: (name: string) => string | string[] | undefined): void {
  for (const [name, field] of Object.entries(fields)) {
    const wanted = '$basic' in field ? { equals: String(generated(field, NO_PLACE)) } : field
    const value = lookUp(ourName(name))
    const text = Array.isArray(value) ? value.join(',') : value
    if (wanted.absent === true) expect(value, name).toBeUndefined()
    if (wanted.equals !== undefined) expect((text ?? '').replaceAll(/,\s*/g, ','), name).toBe([wanted.equals].flat().join(',').replaceAll(/,\s*/g, ','))
    if (wanted.matches !== undefined) expect(text ?? '', name).toMatch(new RegExp(ourPattern(name, wanted.matches)))
    if (wanted.not_equals !== undefined) expect(text, name).not.toBe(wanted.not_equals)
  }
}

function expectBody(wanted: PluginStep['expect'], body: string): void {
  if (wanted.body_text !== undefined) expect(body).toBe(wanted.body_text)
  if (wanted.json !== undefined) expect(JSON.parse(body)).toMatchObject(wanted.json)
  for (const [path, pattern] of Object.entries(wanted.json_matches ?? {})) {
    const value = path.split('.').reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], JSON.parse(body))
    expect(String(value), path).toMatch(new RegExp(pattern))
  }
}

function expectUpstream(wanted: NonNullable<PluginStep['expect']['upstream']>, received: Received | undefined): void {
  const url = new URL(received?.url ?? '/', 'http://origin')
  if (wanted.method !== undefined) expect(received?.method).toBe(wanted.method)
  if (wanted.path !== undefined) expect(url.pathname).toBe(wanted.path)
  if (typeof wanted.query === 'string') expect(received?.url.split('?')[1] ?? '').toBe(wanted.query)
  else if (wanted.query !== undefined) expect(Object.fromEntries(url.searchParams)).toEqual(wanted.query)
  if (wanted.json !== undefined) expect(JSON.parse(received?.body ?? 'null')).toEqual(wanted.json)
  if (wanted.form !== undefined) expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual(wanted.form)
  expectFields(wanted.headers ?? {}, (name) => received?.headers[name])
}

async function runStep(step: PluginStep, base: string): Promise<void> {
  const before = origin.received.length
  const reply: RawAnswer = await (step.request.body?.none === true ? sendBare : sendRaw)(requestOf(step, base))
  expect(reply.status, reply.body).toBe(step.expect.status)
  expectFields(step.expect.headers ?? {}, (name) => reply.headers[name] as string | string[] | undefined)
  expectBody(step.expect, reply.body)
  if (step.expect.upstream_called === false) expect(origin.received.length).toBe(before)
  if (step.expect.upstream !== undefined) expectUpstream(step.expect.upstream, origin.received[before])
}

/** Counters follow UTC minutes: a case that counts starts early in one. */
async function untilEarlyInMinute(): Promise<void> {
  await until('the first 50 s of a UTC minute', () => (new Date().getUTCSeconds() < 50 ? true : null), 15_000)
}

let run = 0

async function runCase(entry: PluginCase): Promise<void> {
  run += 1
  // Counters outlive configurations, so each case has plugins (and so counters) of its own.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the recorded cases write the upstream so.
  const text = JSON.stringify(entry.config).replaceAll('${UPSTREAM}', origin.url).replaceAll('"name":"r1"', `"name":"r1-${run}"`).replaceAll('"name":"s1"', `"name":"s1-${run}"`)
  const node = await nodeFor(entry)
  const applied = await node.postConfig(JSON.parse(text))
  expect(applied.status, JSON.stringify(applied.body.issues)).toBe(201)
  if (entry.plugin.endsWith('ratelimiting') || entry.plugin === 'rate-limiting') await untilEarlyInMinute()
  for (const step of entry.steps) await runStep(step, node.proxy)
}

describe('recorded plugin cases through a node', () => {
  const plugins = new Set(Object.keys(PLUGIN_SCHEMAS))
  const cases = RECORDED_CASES.filter((entry) => whyNotRun(entry, plugins) === null)

  test('are all that are about our plugins and the gateway itself, but for those that have a reason', () => {
    const counts: Record<string, number> = {}
    for (const { plugin } of cases) counts[plugin] = (counts[plugin] ?? 0) + 1
    // Kong's canary is not open, so no case of it could be recorded.
    expect(counts).toEqual({
      core: 10,
      'key-auth': 13,
      'proxy-cache': 7,
      'rate-limiting': 6,
      'response-ratelimiting': 4,
      'request-termination': 4,
      'correlation-id': 4,
      cors: 12,
      'basic-auth': 6,
      jwt: 12,
      'hmac-auth': 10,
      acl: 5,
      'ip-restriction': 5,
      'bot-detection': 4,
      'request-size-limiting': 4,
      'request-transformer': 8,
      'response-transformer': 6,
    })
    const leftOut = RECORDED_CASES.filter((entry) => (entry.plugin === 'core' || plugins.has(entry.plugin)) && whyNotRun(entry, plugins) !== null)
    expect(leftOut.map((entry) => [entry.id, whyNotRun(entry, plugins)])).toEqual([])
  })

  test.each(cases.map((entry) => [`${entry.id} ${entry.about}`, entry] as const))('%s', (_, entry) => runCase(entry))
})
