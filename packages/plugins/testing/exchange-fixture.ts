import {
  type AnswerWatch,
  type BodyWatch,
  type ChooseEncoder,
  type ClientCertificate,
  type ConsumerView,
  type CredentialKind,
  type CredentialView,
  type HeaderFields,
  type PluginEnvironment,
  type PluginExchange,
  REFUSED,
  type RedisStore,
  RedisUnavailableError,
  type RequestCopy,
  type ResponseRewrite,
  type UpstreamOverride,
} from '../contract.ts'
import { PlainGenerations, PlainKept } from './kept-fixture.ts'

import { PlainPlaces } from './plain-places.ts'

/** Header fields as the contract describes them, in the plainest way. */
class PlainHeaders implements HeaderFields {
  #lines: [string, string][]

  constructor(lines: [string, string][]) {
    this.#lines = lines
  }
  #of(name: string): [string, string][] {
    return this.#lines.filter(([other]) => other.toLowerCase() === name.toLowerCase())
  }
  get(name: string): string | null {
    return this.#of(name)[0]?.[1] ?? null
  }
  getAll(name: string): string[] {
    return this.#of(name).map(([, value]) => value)
  }
  has(name: string): boolean {
    return this.#of(name).length > 0
  }
  set(name: string, value: string): void {
    const [first] = this.#of(name)
    if (first === undefined) this.add(name, value)
    else {
      first[1] = value
      this.#lines = this.#lines.filter((line) => line === first || line[0].toLowerCase() !== name.toLowerCase())
    }
  }
  add(name: string, value: string): void {
    if (/[\0\r\n]/.test(value)) throw new TypeError(`not a legal header field: ${name}`)
    this.#lines.push([name, value])
  }
  remove(name: string): void {
    this.#lines = this.#lines.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
  }
  entries(): Iterable<[string, string]> {
    return this.#lines.map(([name, value]): [string, string] => [name, value])
  }
}

/** Where a request goes that no plugin sends elsewhere. */
export const UNCHANGED: UpstreamOverride = {
  host: null,
  port: null,
  path: null,
  uri: null,
  method: null,
  hostHeader: null,
  connectTimeoutMs: null,
  sendTimeoutMs: null,
  readTimeoutMs: null,
  variant: 'stable',
}

export interface RequestFixture {
  method?: string
  path?: string
  query?: string | null
  httpVersion?: string
  scheme?: 'http' | 'https'
  host?: string
  clientIp?: string
  headers?: Record<string, string | string[]>
  body?: string
  expectsContinue?: boolean
  service?: PluginExchange['service']
  consumer?: ConsumerView | null
  credential?: CredentialView | null
  authenticatedGroups?: readonly string[] | null
  uriCaptures?: Record<string, string | false>
  responseHeaders?: Record<string, string>
  clientCertificate?: ClientCertificate | null
  isPeerTrusted?: boolean
}

const linesOf = (headers: Record<string, string | string[]>) => Object.entries(headers).flatMap(([name, value]) => [value].flat().map((line): [string, string] => [name, line]))

/** One request as a plugin sees it, with what the plugin did to it. */
export class ExchangeFixture implements PluginExchange {
  readonly id = '0123456789abcdef0123456789abcdef'
  readonly method: string
  readonly path: string
  query: string | null
  readonly rawTarget: string
  readonly httpVersion: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port = 8000
  readonly clientIp: string
  readonly clientPort = 50_000
  readonly connection = { id: 7, requests: 3 }
  readonly clientCertificate: ClientCertificate | null
  readonly isPeerTrusted: boolean
  readonly requestHeaders: HeaderFields
  readonly route = { id: 'route-id', name: 'route-name' }
  readonly service: PluginExchange['service']
  readonly uriCaptures: Readonly<Record<string, string | false>>
  consumer: ConsumerView | null
  credential: CredentialView | null
  anonymous = false
  authenticatedGroups: readonly string[] | null
  readonly log: Record<string, unknown> = {}
  readonly upstream: UpstreamOverride = { ...UNCHANGED }
  responseStatus = 200
  readonly responseHeaders: HeaderFields
  replied = false
  /** What goes upstream: the client's body, or what a plugin put in its place. */
  sentBody: string
  readonly hasBody: boolean
  readonly expectsContinue: boolean
  /** The smallest limit that was set. */
  bodyLimit = Number.POSITIVE_INFINITY
  readonly watches: BodyWatch[] = []
  watch: AnswerWatch | null = null
  copy: RequestCopy | null = null
  chooseEncoder: ChooseEncoder | null = null
  readonly rewrites: { maxBytes: number; rewrite: ResponseRewrite }[] = []

  constructor(request: RequestFixture = {}) {
    this.method = request.method ?? 'GET'
    this.path = request.path ?? '/'
    this.query = request.query ?? null
    this.rawTarget = `${this.path}${this.query === null ? '' : `?${this.query}`}`
    this.httpVersion = request.httpVersion ?? '1.1'
    this.scheme = request.scheme ?? 'http'
    this.host = request.host ?? 'shop.test:8000'
    this.clientIp = request.clientIp ?? '192.0.2.1'
    this.requestHeaders = new PlainHeaders(linesOf(request.headers ?? {}))
    this.responseHeaders = new PlainHeaders(linesOf(request.responseHeaders ?? {}))
    this.service = request.service === undefined ? { id: 'service-id', name: 'service-name', host: 'service.test' } : request.service
    this.consumer = request.consumer ?? null
    this.credential = request.credential ?? null
    this.authenticatedGroups = request.authenticatedGroups ?? null
    this.uriCaptures = request.uriCaptures ?? {}
    this.isPeerTrusted = request.isPeerTrusted ?? false
    this.clientCertificate = request.clientCertificate ?? null
    this.sentBody = request.body ?? ''
    this.hasBody = request.body !== undefined
    this.expectsContinue = request.expectsContinue ?? false
  }

  readonly #endings: (() => void)[] = []
  #hasEnded = false

  whenEnded(action: () => void): void {
    if (this.#hasEnded) action()
    else this.#endings.push(action)
  }

  /** The exchange is over. */
  end(): void {
    this.#hasEnded = true
    for (const action of this.#endings.splice(0)) action()
  }

  async body(maxBytes: number): Promise<Uint8Array | null> {
    const bytes = new TextEncoder().encode(this.sentBody)
    return bytes.byteLength > maxBytes ? null : bytes
  }

  setBody(body: Uint8Array): void {
    this.sentBody = new TextDecoder().decode(body)
  }

  watchBody(watch: BodyWatch): void {
    this.watches.push(watch)
  }

  rewriteResponse(maxBytes: number, rewrite: ResponseRewrite): void {
    this.rewrites.push({ maxBytes, rewrite })
  }

  /** The client gets no body. */
  dropsBody = false

  dropResponseBody(): void {
    this.dropsBody = true
  }

  limitBody(maxBytes: number): void {
    this.bodyLimit = Math.min(this.bodyLimit, maxBytes)
  }

  copyRequest(copy: RequestCopy): void {
    this.copy = copy
  }

  encodeResponse(choose: ChooseEncoder): void {
    this.chooseEncoder = choose
  }

  watchAnswer(watch: AnswerWatch): void {
    this.watch = watch
  }
}

export function consumerFixture(name: string, more: Partial<ConsumerView> = {}): ConsumerView {
  return { id: `${name}-id`, username: name, custom_id: null, acl_groups: [], groups: [], ...more }
}

export interface EnvironmentFixture extends PluginEnvironment {
  /** Moves the clock. */
  setNow(ms: number): void
  /** The next values of random(), in turn; 0 after them. */
  draws: number[]
  /** Lines that the plugin logged. */
  lines: { level: string; message: string }[]
  /** Makes every counter answer this instead of counting. */
  counterAnswer: number | null
  /** Calls of the counter table, for what they cost. */
  counterCalls: number
}

export interface EnvironmentOptions {
  pluginId?: string
  nowMs?: number
  /** Consumers with the keyauth identifiers that prove them. */
  keys?: Record<string, ConsumerView>
  /** Credentials of any kind, with what identifies them, their fields and their consumer. */
  credentials?: { kind: CredentialKind; identifier: string; fields: Record<string, unknown>; consumer: ConsumerView }[]
  consumers?: ConsumerView[]
  /** Names of consumer groups by id. */
  consumerGroups?: Record<string, string>
  upstreams?: Record<string, boolean>
  /** Away where it is left out. */
  redis?: PluginEnvironment['redis']
  /** PEM of CA certificates by id. */
  caCertificates?: Record<string, string>
  directory?: PluginEnvironment['directory']
  http?: PluginEnvironment['http']
}

const isAway = () => Promise.reject(new RedisUnavailableError('there is no Redis here'))
const AWAY: RedisStore = { run: isAway, command: isAway }

/** Counters of one process, as the contract describes them. */
function plainCounters(environment: () => EnvironmentFixture): PluginEnvironment['counters'] {
  const counts = new Map<string, number>()
  const slot = (key: string, expiresAtMs: number) => `${key}\0${expiresAtMs}`
  const counted = <T>(action: () => T): T => {
    environment().counterCalls += 1
    return action()
  }
  const paid = new Map<string, number>()
  const put = (place: string, count: number): number => {
    counts.set(place, count)
    return count
  }
  return {
    add: (key, count, expiresAtMs) => counted(() => environment().counterAnswer ?? put(slot(key, expiresAtMs), (counts.get(slot(key, expiresAtMs)) ?? 0) + count)),
    raise: (key, atLeast, expiresAtMs) => counted(() => put(slot(key, expiresAtMs), Math.max(atLeast, counts.get(slot(key, expiresAtMs)) ?? 0))),
    spend: (key, intervalMs, toleranceMs) =>
      counted(() => {
        if (environment().counterAnswer !== null) return null
        const nowMs = environment().clock.nowMs()
        const owed = Math.max(0, Math.max(nowMs, paid.get(key) ?? 0) + intervalMs - nowMs)
        if (intervalMs > 0 && owed - toleranceMs > 0.0005) return toleranceMs - owed
        paid.set(key, nowMs + owed)
        return owed
      }),
    take: (key, limit, expiresAtMs) =>
      counted(() => {
        const answer = environment().counterAnswer
        if (answer !== null) return answer
        const count = counts.get(slot(key, expiresAtMs)) ?? 0
        if (count >= limit) return REFUSED
        counts.set(slot(key, expiresAtMs), count + 1)
        return count + 1
      }),
    release: (key, expiresAtMs) => counted(() => counts.set(slot(key, expiresAtMs), Math.max(0, (counts.get(slot(key, expiresAtMs)) ?? 0) - 1))),
    read: (key, expiresAtMs) => counted(() => counts.get(slot(key, expiresAtMs)) ?? 0),
  }
}

type KnownCredential = NonNullable<EnvironmentOptions['credentials']>[number]
const VIEWS = new WeakMap<KnownCredential, CredentialView>()

/** One view for each, as in a node, where it lasts as long as the credential does not change. */
function viewOf(known: KnownCredential): CredentialView {
  const view = VIEWS.get(known) ?? { id: `${known.identifier}-credential`, identifier: known.identifier, fields: known.fields }
  VIEWS.set(known, view)
  return view
}

/** The outside of a plugin, with time and chance in the hand of the test. */
export function environmentFixture(options: EnvironmentOptions = {}): EnvironmentFixture {
  let nowMs = options.nowMs ?? Date.UTC(2030, 0, 1, 12, 0, 10)
  let uuids = 0
  const consumers = [...(options.consumers ?? []), ...Object.values(options.keys ?? {}), ...(options.credentials ?? []).map(({ consumer }) => consumer)]
  const environment: EnvironmentFixture = {
    pluginId: options.pluginId ?? '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10',
    scope: { service: null, route: null, consumer: null, consumer_group: null },
    credentials: {
      find: (kind, identifier) => {
        const known = options.credentials?.find((entry) => entry.kind === kind && entry.identifier === identifier)
        if (known !== undefined) return { consumer: known.consumer, credential: viewOf(known) }
        const consumer = kind === 'keyauth_credential' ? options.keys?.[identifier] : undefined
        return consumer === undefined ? null : { consumer, credential: { id: `${consumer.username}-credential`, identifier: `${consumer.username}-credential`, fields: {} } }
      },
      consumer: (wanted) => consumers.find(({ id, username }) => id === wanted || username === wanted) ?? null,
      consumerBy: (field, value) => consumers.find((consumer) => consumer[field] === value) ?? null,
      groupName: (id) => options.consumerGroups?.[id] ?? null,
    },
    counters: plainCounters(() => environment),
    places: new PlainPlaces(),
    redis: options.redis ?? (() => AWAY),
    directory: options.directory ?? { bind: async () => 'refused' },
    http: options.http ?? { ask: () => Promise.reject(new Error('nobody there')) },
    kept: new PlainKept(),
    generations: new PlainGenerations(),
    clock: { nowMs: () => nowMs },
    random: () => environment.draws.shift() ?? 0,
    uuid: () => {
      uuids += 1
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, '0')}`
    },
    upstreamAvailable: (name) => options.upstreams?.[name] ?? null,
    caCertificate: (id) => options.caCertificates?.[id] ?? null,
    node: { id: 'node-id', hostname: 'node-host', pid: 4242 },
    log: (level, message) => environment.lines.push({ level, message }),
    setNow: (ms) => {
      nowMs = ms
    },
    draws: [],
    lines: [],
    counterAnswer: null,
    counterCalls: 0,
  }
  return environment
}
