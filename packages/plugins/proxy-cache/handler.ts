import { hash } from 'node:crypto'
import { definePluginHandler, type MaybePromise, type PluginEnvironment, type PluginExchange, type PluginInstance, type PluginReply } from '../contract.ts'
import { replyFrom, validatingFields } from './answers.ts'
import type { Cache } from './cache.ts'
import { cacheKey } from './cache-key.ts'
import { type CacheRequest, requestDirectives, wishesOf } from './cache-request.ts'
import { FieldList } from './field-list.ts'
import { Fill } from './fill.ts'
import { type Flight, Flights } from './flights.ts'
import { Invalidation, isUnsafe, ownUri } from './invalidation.ts'
import { isStillKept, reuseOf, staleS } from './reuse.ts'
import { proxyCacheSchema } from './schema.ts'
import { compileSettings } from './settings.ts'
import { Shelf } from './shelf.ts'
import type { StoredAnswer } from './stored-answer.ts'
import { type ForwardReason, tell } from './telling.ts'

/** A body that is part of a key may have so many bytes; with a longer one the request passes by the cache. */
const KEY_BODY_BYTES_MAX = 64 * 1024
/** Stale answers that are fetched anew in the background at a time; further ones are given stale, and fetched when they are next asked for. */
const REFRESHES_MAX = 64
/** RFC 9111 4.3.2: conditions that are for the origin alone, and a handshake that no kept answer can give. */
const NOT_FOR_CACHES = ['if-match', 'if-unmodified-since', 'sec-websocket-key']
const NOT_CACHED: PluginReply = { kind: 'error', status: 504, message: 'The upstream server is timing out' }

/** What is there for a request. */
interface Found {
  answer: StoredAnswer | null
  reason: ForwardReason
}

class ProxyCache implements PluginInstance, Cache {
  readonly settings
  readonly shelf
  readonly flights = new Flights()
  readonly #environment: PluginEnvironment
  #refreshing = 0

  constructor(settings: ReturnType<typeof compileSettings>, environment: PluginEnvironment) {
    this.settings = settings
    this.#environment = environment
    this.shelf = new Shelf(environment)
  }

  nowMs(): number {
    return this.#environment.clock.nowMs()
  }

  onRequest(exchange: PluginExchange): MaybePromise<PluginReply | undefined> {
    const { method, requestHeaders } = exchange
    const isGet = method === 'GET' || method === 'HEAD'
    if (!this.settings.methods.has(method) && !(method === 'HEAD' && this.settings.methods.has('GET'))) {
      if (isUnsafe(method)) exchange.watchAnswer(new Invalidation(exchange, this.#environment.generations))
      return this.#bypass(exchange, 'method')
    }
    const directives = requestDirectives(exchange, this.settings.cache_control)
    if (directives.has('no-store') || (isGet && exchange.hasBody) || NOT_FOR_CACHES.some((name) => requestHeaders.has(name))) return this.#bypass(exchange, 'bypass')
    if (isGet) return this.#serve(exchange, directives, '')
    return exchange.body(KEY_BODY_BYTES_MAX).then((body) => (body === null ? this.#bypass(exchange, 'bypass') : this.#serve(exchange, directives, hash('sha256', body))))
  }

  #bypass(exchange: PluginExchange, reason: ForwardReason): undefined {
    tell(exchange, this.settings, { word: 'Bypass', detail: `fwd=${reason}` })
    return undefined
  }

  #serve(exchange: PluginExchange, directives: CacheRequest['directives'], bodyDigest: string): MaybePromise<PluginReply | undefined> {
    const key = cacheKey(exchange, this.settings, bodyDigest)
    const wishes = wishesOf(exchange)
    const generations = this.shelf.generations(this.#environment.generations.placeOf(ownUri(exchange)))
    const request: CacheRequest = { exchange, key, directives, wishes, generations, startedAtMs: this.nowMs(), isStorable: !wishes.isHead && wishes.range === null }
    // As in Kong: a request that will not have what is kept has no key either.
    if (this.settings.response_headers['X-Cache-Key'] && !directives.has('no-cache')) exchange.responseHeaders.set('X-Cache-Key', key)
    const found = this.#find(request)
    const reply = this.#fromStore(request, found, 'hit')
    if (reply !== undefined) return reply
    if (directives.has('only-if-cached')) return NOT_CACHED
    const mayCollapse = this.settings.collapse && request.isStorable && !directives.has('no-cache') && !this.shelf.passes(key)
    if (!mayCollapse) return this.#forward(request, found, null)
    const flight = this.flights.get(key)
    return flight === null ? this.#forward(request, found, this.flights.begin(key)) : this.#wait(request, flight)
  }

  #find({ key, generations, exchange }: CacheRequest): Found {
    const variants = this.shelf.find(key, generations)
    if (variants === null) return { answer: null, reason: 'uri-miss' }
    const answer = variants.select(exchange.requestHeaders)
    if (answer === null) return { answer, reason: 'vary-miss' }
    return isStillKept(answer, this.settings, this.nowMs()) ? { answer, reason: 'stale' } : { answer: null, reason: 'uri-miss' }
  }

  #fromStore(request: CacheRequest, { answer }: Found, how: string): PluginReply | undefined {
    if (answer === null) return undefined
    const nowMs = this.nowMs()
    const reuse = reuseOf(answer, request.directives, this.settings, nowMs)
    if (reuse === 'validate') return undefined
    const leftS = -Math.ceil(staleS(answer, this.settings, nowMs))
    tell(request.exchange, this.settings, { word: 'Hit', detail: how === 'hit' ? `hit; ttl=${leftS}` : how, before: answer.cacheStatus, ageS: answer.ageS(nowMs) })
    return replyFrom(answer, request.wishes, reuse === 'give-and-refresh' && request.exchange.method !== 'POST' ? this.#refresh(request, answer) : null)
  }

  /** One request in the background for each key. */
  #refresh(request: CacheRequest, stale: StoredAnswer) {
    const { key, exchange } = request
    if (this.flights.get(key) !== null || this.#refreshing >= REFRESHES_MAX) return null
    this.#refreshing += 1
    const wishes = { isHead: false, conditions: { ifNoneMatch: null, ifModifiedSince: null }, range: null, ifRange: null }
    const fill = new Fill(this, {
      request: { ...request, wishes, isStorable: true },
      requestHeaders: new FieldList([...exchange.requestHeaders.entries()]),
      stale,
      reason: 'stale',
      flight: this.flights.begin(key, () => {
        this.#refreshing -= 1
      }),
      hasTakenConditions: false,
      isBackground: true,
    })
    return { headers: validatingFields(stale), watch: fill }
  }

  /** Waits for the answer to another request, once: where that is none to keep, all who wait go upstream side by side. */
  async #wait(request: CacheRequest, first: Flight): Promise<PluginReply | undefined> {
    const endsAtMs = request.startedAtMs + this.settings.collapse_timeout
    let flight = first
    let landing = await flight.wait(this.settings.collapse_timeout)
    while (landing === 'abandoned') {
      const next = this.flights.get(request.key)
      if (next === null) return this.#forward(request, this.#find(request), this.flights.begin(request.key))
      flight = next
      landing = await flight.wait(endsAtMs - this.nowMs())
    }
    const found = this.#find(request)
    return this.#fromStore(request, found, 'fwd=uri-miss; collapsed') ?? this.#forward(request, found, null)
  }

  #forward(request: CacheRequest, { answer: stale, reason }: Found, flight: Flight | null): undefined {
    const { exchange, wishes, isStorable, directives } = request
    const { requestHeaders } = exchange
    const seen = new FieldList([...requestHeaders.entries()])
    const { ifNoneMatch, ifModifiedSince } = wishes.conditions
    const hasConditions = ifNoneMatch !== null || ifModifiedSince !== null
    const validates = stale !== null && (stale.parts.validators.etag !== null || stale.parts.validators.lastModifiedMs !== null)
    const takesConditions = isStorable && !validates && hasConditions && !this.shelf.passes(request.key)
    if (validates) {
      for (const [name, value] of Object.entries(validatingFields(stale))) {
        if (value === null) requestHeaders.remove(name)
        else requestHeaders.set(name, value)
      }
    } else if (takesConditions) for (const name of ['if-none-match', 'if-modified-since']) requestHeaders.remove(name)
    exchange.watchAnswer(
      new Fill(this, {
        // A range that is not asked for any more brings the whole.
        request: validates && exchange.method === 'GET' ? { ...request, isStorable: true } : request,
        requestHeaders: seen,
        stale,
        reason: directives.has('no-cache') ? 'request' : reason,
        flight,
        hasTakenConditions: takesConditions || validates,
        isBackground: false,
      }),
    )
    return undefined
  }
}

export const proxyCacheHandler = definePluginHandler(proxyCacheSchema, (config, environment) => new ProxyCache(compileSettings(config), environment))
