import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from '../../integration/harness/node-process.ts'
import { sendRaw } from '../../integration/harness/raw-request.ts'
import type { CacheCase, CacheStep, FieldOf } from './cache-case.ts'
import { ANSWERS, INVALIDATION, REQUESTS, STALE, TARGETED, TELLING } from './directives.ts'
import { FRESHNESS } from './freshness.ts'
import { STORING, VARY } from './storing.ts'
import { CLIENT_CONDITIONS, HEADS, RANGES, VALIDATION } from './validation.ts'

/** Cases by section of RFC 9111 and its neighbours, each on a path of its own. The name of a group is the section that it is about. */
const GROUPS: Record<string, CacheCase[]> = {
  'RFC 9111 3, what is kept': STORING,
  'RFC 9111 3.3 and RFC 9110 14, parts': RANGES,
  'RFC 9111 4.1, Vary': VARY,
  'RFC 9111 4.2, freshness and age': FRESHNESS,
  'RFC 9111 4.2.4 and RFC 5861, stale answers': STALE,
  'RFC 9111 4.3.2, conditions of clients': CLIENT_CONDITIONS,
  'RFC 9111 4.3, validation': VALIDATION,
  'RFC 9111 4.3.5, HEAD': HEADS,
  'RFC 9111 4.4, invalidation': INVALIDATION,
  'RFC 9111 5.2.1, what a request says': REQUESTS,
  'RFC 9111 5.2.2, what an answer says': ANSWERS,
  'RFC 9213, targeted fields': TARGETED,
  'RFC 9211 and Kong, what is told': TELLING,
}

const USUAL = {
  cache_control: true,
  content_type: ['*/*'],
  response_code: [200, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 499, 500, 501, 502, 503, 504, 599],
}

interface Asked {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
}

let node: NodeProcess
let origin: Server
const asked: Asked[] = []
/** What is answered now, by path. */
const answers = new Map<string, CacheStep['answer']>()

const flat = (fields: readonly FieldOf[] = []) => fields.flatMap(([name, value]) => [name, typeof value === 'number' ? new Date(Date.now() + value * 1000).toUTCString() : value])

function answer(response: ServerResponse, { status = 200, headers = [], body = '', breaksOff, interim }: NonNullable<CacheStep['answer']>): void {
  if (breaksOff === 'at-once') {
    response.destroy()
    return
  }
  if (interim !== undefined) response.writeEarlyHints({ link: '</style.css>; rel=preload' })
  response.sendDate = false
  const hasBody = status !== 204 && status !== 304
  const named = headers.some(([name]) => name.toLowerCase() === 'content-type') || !hasBody ? [] : ['Content-Type', 'text/plain']
  const length = breaksOff === 'in-body' ? body.length + 10 : body.length
  response.writeHead(status, [...flat(headers), ...named, ...(hasBody ? ['Content-Length', String(length)] : [])])
  if (breaksOff === 'in-body') response.write(body, () => response.destroy())
  else response.end(hasBody ? body : undefined)
}

beforeAll(async () => {
  origin = createServer((request, response) => {
    request.resume()
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    answer(response, answers.get(new URL(request.url ?? '/', 'http://origin').pathname.split('/')[1] ?? '') ?? { status: 599, body: 'no answer is set' })
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  node = await NodeProcess.start()
  const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  const configs = [{}, ...Object.values(GROUPS).flatMap((cases) => cases.flatMap(({ config }) => (config === undefined ? [] : [config])))]
  const services = [...new Map(configs.map((config) => [prefixOf(config), config]))].map(([prefix, config]) => ({
    name: `s${prefix}`,
    url,
    retries: 0,
    routes: [{ name: `r${prefix}`, paths: [`/c${prefix}`], strip_path: true, plugins: [{ name: 'proxy-cache', config: { ...USUAL, ...config } }] }],
  }))
  const applied = await node.postConfig({ _format_version: '3.0', services })
  expect(applied.status, JSON.stringify(applied.body)).toBe(201)
})
afterAll(async () => {
  await node?.stop()
  origin?.closeAllConnections()
  await new Promise((resolve) => origin?.close(resolve))
})

const prefixes = new Map<string, number>()

/** One route for each configuration. */
function prefixOf(config: CacheCase['config'] = {}): number {
  const text = JSON.stringify(config)
  const known = prefixes.get(text) ?? prefixes.size
  prefixes.set(text, known)
  return known
}

let cases = 0

async function runStep({ request = {}, answer: given, expect: wanted }: CacheStep, base: string, path: string): Promise<void> {
  answers.set(path, given)
  const before = asked.length
  const target = `${base}/${path}${request.path ?? ''}`
  const sending = sendRaw({ base: node.proxy, method: request.method ?? 'GET', path: target, headers: flat(request.headers), body: request.body })
  if (wanted.isCut === true) {
    await expect(sending).rejects.toThrow()
    return
  }
  const reply = await sending
  if (wanted.from === 'background') await until('the upstream to be asked', () => asked.length > before || null)
  const sent = asked.slice(before)
  const how = sent.length === 0 ? 'cache' : sent[0]?.headers['if-none-match'] === undefined && sent[0]?.headers['if-modified-since'] === undefined ? 'origin' : 'validation'
  const seen = JSON.stringify({ status: reply.status, headers: reply.headers, body: reply.body.slice(0, 200) })
  if (wanted.from !== 'background') expect(how, seen).toBe(wanted.from)
  // A kept connection that ends at once is tried again on a new one.
  if (given?.breaksOff !== 'at-once') expect(sent.length, seen).toBe(wanted.from === 'cache' ? 0 : 1)
  if (wanted.status !== undefined) expect(reply.status, seen).toBe(wanted.status)
  if (wanted.body !== undefined) expect(reply.body, seen).toBe(wanted.body)
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    if (typeof value === 'string') expect(reply.headers[name], `${name} of ${seen}`).toBe(value)
    else expect(String(reply.headers[name]), `${name} of ${seen}`).toMatch(value)
  }
  for (const name of wanted.absent ?? []) expect(reply.headers[name], `${name} of ${seen}`).toBeUndefined()
  for (const [name, value] of Object.entries(wanted.sent ?? {})) expect(sent[0]?.headers[name] ?? null, name).toBe(value)
}

async function runCase({ config, steps }: CacheCase): Promise<void> {
  cases += 1
  for (const step of steps) await runStep(step, `/c${prefixOf(config)}`, `case-${cases}`)
}

describe.each(Object.entries(GROUPS))('%s', (_, group) => {
  test.each(group.map((entry) => [entry.about, entry] as const))('%s', (_, entry) => runCase(entry))
})
