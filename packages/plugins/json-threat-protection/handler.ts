import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { type JsonLimits, JsonScanner, type JsonThreat } from './json-scanner.ts'
import { jsonThreatProtectionSchema } from './schema.ts'

type Config = z.output<typeof jsonThreatProtectionSchema.config>

/** Methods whose body is looked at whatever its type; those of others only where they call it JSON. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/(?:[^;,\s]+\+)?json\s*(?:[;,]|$)/i
/** A body up to this many bytes is whole before the upstream sees any of it; a longer one is read while it streams. */
const HELD_BYTES_MAX = 2 ** 20

const orNone = (limit: number) => (limit === -1 ? Number.POSITIVE_INFINITY : limit)

class JsonThreatProtection {
  readonly #limits: JsonLimits
  readonly #maxBytes: number
  readonly #allowsOthers: boolean
  /** Null where requests are only logged. */
  readonly #reply: PluginReply | null
  readonly #environment: PluginEnvironment

  constructor(config: Config, environment: PluginEnvironment) {
    this.#environment = environment
    this.#maxBytes = orNone(config.max_body_size)
    this.#allowsOthers = config.allow_non_json_requests
    this.#reply = config.enforcement_mode === 'log_only' ? null : { kind: 'json', status: config.error_status_code, body: { message: config.error_message } }
    this.#limits = {
      depth: orNone(config.max_container_depth),
      elements: orNone(config.max_array_element_count),
      entries: orNone(config.max_object_entry_count),
      nameLength: orNone(config.max_object_entry_name_length),
      stringLength: orNone(config.max_string_value_length),
      uniqueNames: !config.allow_duplicate_object_entry_name,
    }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    if (!exchange.hasBody) return undefined
    const isJson = JSON_TYPE.test(exchange.requestHeaders.get('content-type')?.trim() ?? '')
    if (!isJson && !WITH_BODY.has(exchange.method)) return undefined
    const length = exchange.requestHeaders.get('content-length')
    if (length !== null && Number(length) > this.#maxBytes) return this.#found(exchange, 'body_size')
    return exchange.body(Math.min(this.#maxBytes, HELD_BYTES_MAX)).then((body) => this.#withBody(exchange, isJson, body))
  }

  #withBody(exchange: PluginExchange, isJson: boolean, body: Uint8Array | null): PluginReply | undefined {
    const scanner = new JsonScanner(this.#limits)
    if (body !== null) {
      // A length of nothing is no body.
      if (body.byteLength === 0) return undefined
      scanner.write(body)
      return this.#judge(exchange, isJson, scanner.end())
    }
    if (this.#maxBytes <= HELD_BYTES_MAX) return this.#found(exchange, 'body_size')
    this.#watch(exchange, isJson, scanner)
    return undefined
  }

  #watch(exchange: PluginExchange, isJson: boolean, scanner: JsonScanner): void {
    let bytes = 0
    let isOver = false
    const once = (threat: JsonThreat | 'body_size' | null) => {
      if (threat === null || isOver) return undefined
      isOver = true
      return this.#judge(exchange, isJson, threat)
    }
    exchange.watchBody({
      onPiece: (piece) => {
        bytes += piece.byteLength
        if (isOver) return undefined
        return once(bytes > this.#maxBytes ? 'body_size' : scanner.write(piece))
      },
      onEnd: () => (isOver ? undefined : once(scanner.end())),
    })
  }

  #judge(exchange: PluginExchange, isJson: boolean, threat: JsonThreat | 'body_size' | null): PluginReply | undefined {
    if (threat === null || (threat === 'not_json' && this.#allowsOthers && !isJson)) return undefined
    return this.#found(exchange, threat)
  }

  #found(exchange: PluginExchange, threat: JsonThreat | 'body_size'): PluginReply | undefined {
    const action = this.#reply === null ? 'log_only' : 'block'
    this.#environment.log('warn', `threat detected: '${threat}', action taken: ${action}, found in body`, { request_id: exchange.id, route: exchange.route.id, threat })
    return this.#reply ?? undefined
  }
}

export const jsonThreatProtectionHandler = definePluginHandler(jsonThreatProtectionSchema, (config, environment) => {
  const instance = new JsonThreatProtection(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
