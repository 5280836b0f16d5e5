import { argon2Sync, createHash, createHmac } from 'node:crypto'
import { PLUGIN_HANDLERS } from '@sluice/plugins/handlers'
import { PLUGIN_ORDER } from '@sluice/plugins/order'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { StagedConfig } from '../../../apps/dataplane/src/config/staged.ts'
import { encodeSnapshot } from '../../../apps/dataplane/src/config/update-bytes.ts'
import { Exchange, type RequestHead } from '../../../apps/dataplane/src/exchange/exchange.ts'
import { HeaderList } from '../../../apps/dataplane/src/exchange/header-list.ts'
import type { Head } from '../../../apps/dataplane/src/http1/head.ts'
import { HeadParser } from '../../../apps/dataplane/src/http1/head-parser.ts'
import type { PluginChains } from '../../../apps/dataplane/src/pipeline/compiled.ts'
import { type RequestPhaseResult, runRequestPhase } from '../../../apps/dataplane/src/pipeline/request-phase.ts'
import { runResponsePhase } from '../../../apps/dataplane/src/pipeline/respond.ts'
import { failureOf, headOf, rowOf, type Spread, shown, spreadOf } from '../report/figures.ts'
import { entry, environment, HASH, idOf } from './environment.ts'
import { cpuNanoseconds, isQuick, tell } from './tell.ts'

/**
 * What each plugin adds to a request: `node test/bench/inside/plugins.ts`. A configuration with the plugin on one route is compiled as a worker
 * does it; the request phase, the response phase and the end run on an exchange of the node, and the same with no plugin is taken off.
 */

const REQUESTS_PER_ROUND = isQuick ? 5_000 : 30_000
const ROUNDS = isQuick ? 3 : 9
const KEY = 'bench-key-of-the-caller'

/** Configurations to measure with, so that the request goes on to the upstream; a plugin that is not here runs with its defaults. */
const CONFIGS: Readonly<Record<string, Record<string, unknown>>> = {
  acl: { allow: ['staff'] },
  canary: { percentage: 10, upstream_host: 'canary.example.test', hash: 'ip' },
  'correlation-id': { generator: 'uuid', echo_downstream: true },
  cors: { origins: ['https://shop.example.test'], credentials: true },
  'hmac-auth': { clock_skew: 31_536_000 },
  jwt: { header_names: ['x-token'] },
  'fault-injection': { abort_status: 503, header_name: 'x-fault' },
  'ip-restriction': { deny: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '2001:db8::/32'] },
  redirect: { location: 'https://shop.example.test' },
  'request-transformer': { remove: { headers: ['x-internal'] }, add: { headers: ['x-who:$(query_params.who or "nobody")'], querystring: ['source:gateway'] } },
  'response-transformer': { remove: { headers: ['server'] }, add: { headers: ['x-served-by:gateway'] } },
  'route-by-header': { rules: [{ condition: { 'x-region': 'eu' }, upstream_name: 'eu' }] },
  'upstream-timeout': { read_timeout: 5_000 },
  mirror: { host: 'next.example.test', percentage: 50 },
  // Nothing comes from an upstream here: what is measured is a miss.
  'proxy-cache': { cache_control: true, collapse: false },
  'rate-limiting': { minute: 1_000_000_000, limit_by: 'ip' },
  'rate-limiting-advanced': { limit: [1_000_000_000], window_size: [60], identifier: 'ip' },
  'response-ratelimiting': { limits: { video: { minute: 1_000_000_000 } }, limit_by: 'ip' },
  'concurrency-limiting': { limit: 1_000_000 },
  'service-protection': { limit: [1_000_000_000], window_size: [60] },
  'exit-transformer': { templates: [{ body: '{"error":"{message}"}' }] },
  'request-validator': { parameter_schema: [{ in: 'query', name: 'include', required: true, schema: '{"type":"string","maxLength":20}' }] },
  'request-termination': { trigger: 'x-maintenance' },
}

/** Plugins that only do something behind another one, whose cost is taken off too. */
const BEHIND: Readonly<Record<string, readonly string[]>> = { acl: ['key-auth'] }

const SECRET = 'bench-secret-of-the-caller'
const signed = (text: string, encoding: 'base64' | 'base64url') => createHmac('sha256', SECRET).update(text).digest(encoding)
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'caller', sub: '0123456789' })}`
const date = `date: ${new Date(environment.clock.nowMs()).toUTCString()}`

/** As the control plane stores a password: the first request works it out, the others find it remembered. */
function storedPassword(): string {
  const nonce = Buffer.from('salt-of-a-bench!')
  const tag = argon2Sync('argon2id', { message: SECRET, nonce, memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 })
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=19456,t=2,p=1$${text(nonce)}$${text(tag)}`
}

const REQUEST = [
  'host: api.example.test',
  'user-agent: Mozilla/5.0 (X11; Linux x86_64)',
  'accept: application/json, text/plain, */*',
  'accept-encoding: gzip, deflate, br',
  'origin: https://shop.example.test',
  'cookie: session=0123456789abcdef; theme=dark',
  `apikey: ${KEY}`,
  date,
  `authorization: Basic ${Buffer.from(`caller:${SECRET}`).toString('base64')}`,
  `proxy-authorization: hmac username="caller", algorithm="hmac-sha256", headers="date", signature="${signed(date, 'base64')}"`,
  `x-token: Bearer ${claims}.${signed(claims, 'base64url')}`,
]
const RESPONSE = ['server: origin', 'date: Wed, 25 Nov 2026 10:00:00 GMT', 'content-type: application/json', 'content-length: 1024', 'cache-control: no-cache', 'vary: Accept']

function parsed(kind: 'request' | 'response', startLine: string, fields: string[]): Head {
  const bytes = Buffer.from(`${[startLine, ...fields].join('\r\n')}\r\n\r\n`, 'latin1')
  const parser = new HeadParser(kind, { headBytesMax: 64 * 1024, fieldsMax: 256, targetBytesMax: 8 * 1024 })
  if (parser.parse(bytes, 0, bytes.byteLength) !== bytes.byteLength || parser.head === null) throw new Error(`not a head: ${parser.error}`)
  return parser.head
}

const requestFields = parsed('request', 'GET /orders/1?include=items HTTP/1.1', REQUEST)
const responseFields = parsed('response', 'HTTP/1.1 200 OK', RESPONSE)
const ROUTE = { id: idOf(2, 0), name: 'route' }
const SERVICE = { id: idOf(1, 0), name: 'service', host: 'origin.example.test' }
const NO_BODY = { present: false, read: async () => new Uint8Array() }
const responder = { onPluginError: fail }

function fail(plugin: { name: string }, error: unknown): never {
  throw new Error(`${plugin.name}: ${error instanceof Error ? error.message : error}`)
}

function newExchange(index: number): Exchange {
  const head: RequestHead = {
    id: '0123456789abcdef0123456789abcdef',
    startedAtMs: 1_000,
    method: 'GET',
    path: '/orders/1',
    rawPath: '/orders/1',
    query: 'include=items',
    scheme: 'http',
    host: 'api.example.test',
    port: 8000,
    sni: null,
    clientIp: '203.0.113.9',
    clientPort: 50_000,
    peerIp: '203.0.113.9',
    isPeerTrusted: false,
    connection: { id: 1, requests: index },
    clientCertificate: null,
    headers: new HeaderList(requestFields),
    upgrade: null,
    httpVersion: '1.1',
    expectsContinue: false,
  }
  const exchange = new Exchange(head, NO_BODY)
  exchange.route = ROUTE
  exchange.service = SERVICE
  return exchange
}

/** The route, or the service for plugins that cannot be bound to a route. */
const scopeOf = (name: string) => (PLUGIN_SCHEMAS[name]?.scopes.includes('route') === true ? { route: { id: ROUTE.id } } : { service: { id: SERVICE.id } })

async function chainsFor(plugins: { name: string; config: Record<string, unknown> }[]): Promise<PluginChains> {
  const entities: SnapshotEntity[] = [
    entry('service', SERVICE.id, { name: SERVICE.name, host: SERVICE.host }),
    entry('route', ROUTE.id, { name: ROUTE.name, service: { id: SERVICE.id }, paths: ['/'] }),
    entry('consumer', idOf(3, 0), { username: 'caller' }),
    entry('keyauth_credential', idOf(4, 0), { consumer: { id: idOf(3, 0) }, key: `sha256:${createHash('sha256').update(KEY).digest('hex')}` }),
    entry('basicauth_credential', idOf(4, 1), { consumer: { id: idOf(3, 0) }, username: 'caller', password: storedPassword() }),
    entry('hmacauth_credential', idOf(4, 2), { consumer: { id: idOf(3, 0) }, username: 'caller', secret: SECRET }),
    entry('jwt_secret', idOf(4, 3), { consumer: { id: idOf(3, 0) }, key: 'caller', secret: SECRET }),
    entry('acl', idOf(4, 4), { consumer: { id: idOf(3, 0) }, group: 'staff' }),
    ...plugins.map(({ name, config }, index) => entry('plugin', idOf(5, index), { name, ...scopeOf(name), config })),
  ]
  const staged = new StagedConfig(environment)
  const result = await staged.prepare(1, encodeSnapshot({ revision: 1, hash: HASH, entities }))
  if (result?.ok !== true) throw new Error(result?.issues.map(({ path, message }) => `${path} ${message}`).join('; ') ?? 'was aborted')
  const chains = staged.commit(1)?.routes.get(ROUTE.id)?.chains
  if (chains === undefined) throw new Error('the route is not there')
  return chains
}

function finish(exchange: Exchange, { reply, failure, chain }: RequestPhaseResult): void {
  if (failure !== null) fail(failure.plugin, failure.error)
  if (reply !== null) throw new Error(`answers ${reply.status} itself`)
  exchange.responseStatus = 200
  runResponsePhase(exchange, new HeaderList(responseFields), chain, responder)
  for (const plugin of chain) plugin.instance.onEnd?.(exchange)
  exchange.watch?.onEnd(false)
  exchange.end()
  for (const error of exchange.endFailures ?? []) throw error
}

/** CPU time in nanoseconds per request; waits only for a plugin that does. */
async function round(chains: PluginChains): Promise<number> {
  const before = cpuNanoseconds()
  for (let index = 0; index < REQUESTS_PER_ROUND; index += 1) {
    const exchange = newExchange(index)
    const outcome = runRequestPhase(exchange, chains)
    finish(exchange, outcome instanceof Promise ? await outcome : outcome)
  }
  return (cpuNanoseconds() - before) / REQUESTS_PER_ROUND
}

const names: string[] = PLUGIN_ORDER.map(({ name }) => name).filter((name) => PLUGIN_HANDLERS.has(name))
const pluginOf = (name: string) => ({ name, config: CONFIGS[name] ?? {} })

/** Rounds with and without the plugins in turn, both behind the same others, so that both have the same minute. */
async function addedBy(plugins: readonly string[], behind: readonly string[] = []): Promise<Spread | string> {
  try {
    const [none, chains] = [await chainsFor(behind.map(pluginOf)), await chainsFor([...behind, ...plugins].map(pluginOf))]
    const added: number[] = []
    for (let number = 0; number <= ROUNDS; number += 1) {
      const without = await round(none)
      const difference = (await round(chains)) - without
      if (number > 0) added.push(difference)
    }
    return spreadOf(added) as Spread
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const measured: { name: string; added: Spread | string }[] = []
for (const name of names) measured.push({ name, added: await addedBy([name], BEHIND[name]) })
const good = measured.filter(({ added }) => typeof added !== 'string').map(({ name }) => name)
measured.push({ name: 'all of them', added: await addedBy(good) })
const bars = measured.flatMap(({ name, added }) => (typeof added === 'string' ? [] : [{ label: name, isOwn: true, spread: added }]))
const configOf = (name: string) => (CONFIGS[name] === undefined ? 'defaults' : `\`${JSON.stringify(CONFIGS[name])}\``)
tell({
  lines: [
    ...headOf(['plugin', 'configuration', 'CPU, ns per request']),
    ...measured.map(({ name, added }) => rowOf([name, names.includes(name) ? configOf(name) : '', typeof added === 'string' ? failureOf(added) : shown(added, 0)])),
  ],
  bars,
})
