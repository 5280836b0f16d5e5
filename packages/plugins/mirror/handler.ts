import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginInstance, type RequestCopy } from '../contract.ts'
import { mirrorSchema } from './schema.ts'

type Config = z.output<typeof mirrorSchema.config>

/** Tells who gets a copy that it is one. */
const MARK = 'X-Sluice-Mirror'
/** An upgraded connection has no copy: what comes after its head is no request. */
const HANDSHAKE = 'sec-websocket-key'

class Mirror implements PluginInstance {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #methods: ReadonlySet<string> | null
  readonly #headers: Readonly<Record<string, string | null>>
  #inFlight = 0
  #heldBytes = 0

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#methods = config.methods.length === 0 ? null : new Set(config.methods)
    this.#headers = Object.fromEntries([...config.remove_headers.map((name): [string, null] => [name, null]), [MARK, 'true']])
  }

  onRequest(exchange: PluginExchange): undefined {
    const { percentage, max_in_flight } = this.#config
    if (this.#methods?.has(exchange.method) === false || exchange.requestHeaders.has(HANDSHAKE)) return undefined
    if (percentage < 100 && this.#environment.random() * 100 >= percentage) return undefined
    if (this.#inFlight >= max_in_flight) exchange.log.mirror = 'dropped'
    else {
      exchange.log.mirror = 'sent'
      exchange.copyRequest(this.#copyFor(exchange))
    }
    return undefined
  }

  #copyFor(exchange: PluginExchange): RequestCopy {
    const { host, port, path, max_body_size, max_held, timeout } = this.#config
    let isOver = false
    let held = 0
    this.#inFlight += 1
    return {
      host,
      port,
      path,
      headers: this.#headers,
      bodyBytesMax: max_body_size,
      timeoutMs: timeout,
      reserve: (bytes) => {
        if (this.#heldBytes + bytes > max_held) return false
        held += bytes
        this.#heldBytes += bytes
        return true
      },
      onOver: (wasSent) => {
        if (isOver) return
        isOver = true
        this.#inFlight -= 1
        this.#heldBytes -= held
        if (!wasSent) exchange.log.mirror = 'dropped'
      },
    }
  }
}

export const mirrorHandler = definePluginHandler(mirrorSchema, (config, environment) => new Mirror(config, environment))
