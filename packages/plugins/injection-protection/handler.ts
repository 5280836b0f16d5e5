import { compileRegex, type LinearRegex } from '@sluice/shared/routing/regex'
import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { decodeLayers } from './decoding.ts'
import { DETECTORS } from './detectors.ts'
import { bodyValues, cookieValues, headerValues, pathValues, queryValues } from './request-places.ts'
import { INJECTION_TYPES, type InjectionType, injectionProtectionSchema, PLACES, type PlaceName } from './schema.ts'
import { decodeBase64Values, type MaskOf, type Values } from './values.ts'

type Config = z.output<typeof injectionProtectionSchema.config>

const TOO_LARGE: PluginReply = { kind: 'error', status: 413, message: 'Payload too large' }
const bitOf = (type: InjectionType) => 1 << INJECTION_TYPES.indexOf(type)
const ALL = 2 ** INJECTION_TYPES.length - 1
/** Own expressions are left out where every kind is. */
const CUSTOM_BIT = 1 << INJECTION_TYPES.length

function placesOf(locations: Config['locations']): Set<PlaceName> {
  return new Set(locations.flatMap((location): PlaceName[] => (location === 'path_and_query' ? ['path', 'query'] : [location])))
}

interface Search {
  name: string
  bit: number
  finds(text: string, original: string, place: PlaceName): boolean
}

/** What is left out of one place: for all of it, and by the names of values. */
interface Exceptions {
  mask: number
  maskOf: MaskOf | null
}

function exceptionsOf(config: Config, place: PlaceName): Exceptions {
  let mask = 0
  const byName = new Map<string, number>()
  for (const { location, name, types } of config.exceptions) {
    if (location !== place) continue
    const bits = types.length === 0 ? ALL | CUSTOM_BIT : types.reduce((sum, type) => sum | bitOf(type), 0)
    if (name === null) mask |= bits
    else {
      const key = place === 'headers' ? name.toLowerCase() : name
      byName.set(key, (byName.get(key) ?? 0) | bits)
    }
  }
  return { mask, maskOf: byName.size === 0 ? null : (name) => byName.get(name) ?? 0 }
}

function searchesOf(config: Config): Search[] {
  const types = new Set(config.injection_types)
  // What the one finds the other finds too.
  if (types.has('sql')) types.delete('sql_low_sensitivity')
  const known = INJECTION_TYPES.filter((type) => types.has(type)).map((type): Search => ({ name: type, bit: bitOf(type), finds: (text, _, place) => DETECTORS[type](text, place) }))
  const own = config.custom_injections.map(({ name, regex }): Search => {
    const compiled: LinearRegex = compileRegex(regex)
    return { name, bit: CUSTOM_BIT, finds: (_, original) => original.split('\0').some((value) => compiled.test(value)) }
  })
  return [...known, ...own]
}

/** In ASCII, in place. */
function lowerCased(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const byte = bytes[at] as number
    if (byte >= 0x41 && byte <= 0x5a) bytes[at] = byte | 0x20
  }
  return bytes
}

class InjectionProtection {
  readonly #searches: readonly Search[]
  readonly #places: ReadonlySet<PlaceName>
  readonly #exceptions: ReadonlyMap<PlaceName, Exceptions>
  readonly #hasOwn: boolean
  /** Null where requests are only logged. */
  readonly #reply: PluginReply | null
  readonly #maxBytes: number
  readonly #environment: PluginEnvironment

  constructor(config: Config, environment: PluginEnvironment) {
    this.#environment = environment
    this.#searches = searchesOf(config)
    this.#hasOwn = config.custom_injections.length > 0
    this.#places = placesOf(config.locations)
    this.#exceptions = new Map(PLACES.map((place) => [place, exceptionsOf(config, place)]))
    this.#maxBytes = config.max_body_size
    this.#reply = config.enforcement_mode === 'log_only' ? null : { kind: 'json', status: config.error_status_code, body: { message: config.error_message } }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    const refusal = this.#inHead(exchange)
    if (refusal !== undefined || !exchange.hasBody || !this.#places.has('body')) return refusal
    return exchange.body(this.#maxBytes).then((body) => this.#inBody(exchange, body))
  }

  #inHead(exchange: PluginExchange): PluginReply | undefined {
    return (
      this.#look(exchange, 'path', pathValues) ??
      this.#look(exchange, 'query', queryValues) ??
      this.#look(exchange, 'headers', headerValues) ??
      this.#look(exchange, 'cookies', cookieValues)
    )
  }

  #inBody(exchange: PluginExchange, body: Uint8Array | null): PluginReply | undefined {
    if (body !== null) return this.#look(exchange, 'body', (given, maskOf) => bodyValues(given, body, maskOf))
    if (this.#reply !== null) return TOO_LARGE
    this.#log(exchange, 'body_size', 'body')
    return undefined
  }

  #look(exchange: PluginExchange, place: PlaceName, read: (exchange: PluginExchange, maskOf: MaskOf | null) => Values): PluginReply | undefined {
    if (!this.#places.has(place)) return undefined
    const { mask, maskOf } = this.#exceptions.get(place) as Exceptions
    const values = read(exchange, maskOf)
    let found: Search | null = null
    for (const { mask: own, bytes } of values.texts()) {
      found = this.#find(bytes, mask | own, place)
      if (found !== null) break
    }
    values.release()
    if (found === null) return undefined
    this.#log(exchange, found.name, place)
    return this.#reply ?? undefined
  }

  /** What is found in the values as they came, or with their encodings undone. */
  #find(bytes: Uint8Array, mask: number, place: PlaceName): Search | null {
    const decoded = decodeLayers(bytes)
    const hidden = decodeBase64Values(decoded ?? bytes)
    for (const layer of [bytes, decoded, hidden]) {
      if (layer === null) continue
      const latin = Buffer.from(layer.buffer, layer.byteOffset, layer.byteLength)
      const whole = this.#hasOwn ? latin.toString('utf8') : ''
      const text = lowerCased(latin).toString('latin1')
      for (const search of this.#searches) if ((search.bit & mask) === 0 && search.finds(text, whole, place)) return search
    }
    return null
  }

  /** The value itself is not logged: it may be somebody's password. */
  #log(exchange: PluginExchange, name: string, place: PlaceName): void {
    const action = this.#reply === null ? 'log_only' : 'block'
    this.#environment.log('warn', `threat detected: '${name}', action taken: ${action}, found in ${place}`, {
      request_id: exchange.id,
      route: exchange.route.id,
      threat: name,
      place,
    })
  }
}

export const injectionProtectionHandler = definePluginHandler(injectionProtectionSchema, (config, environment) => {
  const instance = new InjectionProtection(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
