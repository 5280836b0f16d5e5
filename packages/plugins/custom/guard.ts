import * as z from 'zod'
import type { BodyWatch, MaybePromise, PluginEnvironment, PluginExchange, PluginInstance, PluginReply, ReplyChange, ResponseRewrite } from '../contract.ts'

/** How long a hook may wait, in milliseconds. */
const HOOK_TIMEOUT_MS = 60_000

const headers = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/)).optional()
const status = z.int().min(200).max(599)
const REPLY = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('error'), status, message: z.string(), headers }),
  z.object({ kind: z.literal('json'), status, body: z.record(z.string(), z.unknown()), headers }),
  z.object({ kind: z.literal('raw'), status, body: z.string().nullable(), contentType: z.string().nullable(), headers }),
])
const CHANGE = z.object({ status: z.int().min(400).max(599), contentType: z.string(), body: z.string(), headers: z.array(z.tuple([z.string(), z.string()])) })

const isThenable = (value: unknown): value is PromiseLike<unknown> => typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Keeps what a plugin of a user does wrong within its request, and names the plugin wherever something is said of it. */
class Guard {
  readonly #name: string
  readonly #environment: PluginEnvironment

  constructor(name: string, environment: PluginEnvironment) {
    this.#name = name
    this.#environment = environment
  }

  /** Throws for what is no reply, in words that say which hook gave it. */
  reply(value: unknown, hook: string): PluginReply | undefined {
    if (value === undefined || value === null) return undefined
    const result = REPLY.safeParse(value)
    if (result.success && isWritable(value as PluginReply)) return value as PluginReply
    throw this.#error(`${hook} gave what is no reply (${this.#issue(result.error)})`)
  }

  change(value: unknown): ReplyChange | undefined {
    if (value === undefined || value === null) return undefined
    const result = CHANGE.safeParse(value)
    if (result.success) return value as ReplyChange
    throw this.#error(`onReply gave what is no reply (${this.#issue(result.error)})`)
  }

  /** A hook that must not wait: a promise is not waited for, and what becomes of it is logged. */
  unawaited(value: unknown, hook: string): void {
    if (!isThenable(value)) return
    this.#environment.log('error', `plugin ${this.#name}: ${hook} gave a promise, which nobody waits for`, { plugin: this.#name })
    Promise.resolve(value).catch((error: unknown) => this.#environment.log('error', `plugin ${this.#name}: ${hook} failed later`, { plugin: this.#name, error: String(error) }))
  }

  async awaited(value: PromiseLike<unknown>): Promise<PluginReply | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#error(`onRequest did not end within ${HOOK_TIMEOUT_MS / 1_000} s`)), HOOK_TIMEOUT_MS)
    })
    try {
      return this.reply(await Promise.race([value, late]), 'onRequest')
    } finally {
      clearTimeout(timer)
    }
  }

  /** The exchange as the plugin gets it: what it leaves behind for later is guarded too. Everything else is the exchange's own. */
  exchange(exchange: PluginExchange): PluginExchange {
    const own = {
      rewriteResponse: (maxBytes: number, rewrite: ResponseRewrite) => exchange.rewriteResponse(maxBytes, (body) => this.#rewritten(rewrite, body)),
      watchBody: (watch: BodyWatch) => exchange.watchBody(this.#watch(watch)),
    }
    return new Proxy(exchange, {
      get: (target, key) => {
        if (Object.hasOwn(own, key)) return own[key as keyof typeof own]
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
      set: (target, key, value) => {
        if (key === 'query' && value !== null && !isQuery(value)) throw this.#error('query must be a text of printable ASCII without #, or null')
        if (key === 'responseStatus' && !(Number.isInteger(value) && value >= 200 && value <= 599)) throw this.#error('responseStatus must be 200 to 599')
        return Reflect.set(target, key, value, target)
      },
    })
  }

  #rewritten(rewrite: ResponseRewrite, body: Uint8Array): Uint8Array | null {
    const value = this.#named(() => rewrite(body))
    if (value === null || value instanceof Uint8Array) return value
    throw this.#error('the rewrite of a response gave neither bytes nor null')
  }

  #watch(watch: BodyWatch): BodyWatch {
    return {
      onPiece: (piece) =>
        this.reply(
          this.#named(() => watch.onPiece(piece)),
          'onPiece',
        ),
      onEnd: () =>
        this.reply(
          this.#named(() => watch.onEnd()),
          'onEnd',
        ),
    }
  }

  #named<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

  #issue(error: z.ZodError | undefined): string {
    const issue = error?.issues[0]
    return issue === undefined ? 'it cannot be written' : `${issue.path.join('.')}: ${issue.message}`
  }

  #error(message: string): Error {
    return new Error(`plugin ${this.#name}: ${message}`)
  }
}

function isQuery(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x22\x24-\x7e]*$/.test(value)
}

/** A body with a circle or a BigInt is no JSON. */
function isWritable(reply: PluginReply): boolean {
  if (reply.kind !== 'json') return true
  try {
    return typeof JSON.stringify(reply.body) === 'string'
  } catch {
    return false
  }
}

/**
 * An instance of a user's plugin whose defects stay within one request: a throw, a rejected promise, one that takes longer than a minute, and what is
 * no reply become an error that the node answers with 500 and logs with the plugin's name. One that cannot be made fails each of its requests so.
 */
export function guarded(name: string, make: () => PluginInstance, environment: PluginEnvironment): PluginInstance {
  const guard = new Guard(name, environment)
  let instance: PluginInstance
  try {
    instance = make()
    if (typeof instance !== 'object' || instance === null) throw new TypeError('create gave no object')
  } catch (error) {
    return {
      onRequest: () => {
        throw new Error(`plugin ${name}: it could not be made: ${error instanceof Error ? error.message : String(error)}`)
      },
    }
  }
  const made: PluginInstance = {}
  if (instance.onRequest !== undefined) made.onRequest = (exchange) => asked(guard, instance.onRequest?.(guard.exchange(exchange)))
  if (instance.onReply !== undefined) made.onReply = (exchange, reply) => guard.change(instance.onReply?.(guard.exchange(exchange), reply))
  if (instance.onResponse !== undefined) made.onResponse = (exchange) => guard.unawaited(instance.onResponse?.(guard.exchange(exchange)), 'onResponse')
  if (instance.onEnd !== undefined) made.onEnd = (exchange) => guard.unawaited(instance.onEnd?.(guard.exchange(exchange)), 'onEnd')
  return made
}

function asked(guard: Guard, outcome: unknown): MaybePromise<PluginReply | undefined> {
  return isThenable(outcome) ? guard.awaited(outcome) : guard.reply(outcome, 'onRequest')
}
