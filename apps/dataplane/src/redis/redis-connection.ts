import { hash } from 'node:crypto'
import { type RedisSettings, type RedisStore, RedisUnavailableError } from '@sluice/plugins/contract'
import type { Redis } from 'ioredis'

/** Commands that may wait for their answers at a time; more are refused at once. */
const PENDING_MAX = 10_000
/** Pauses between attempts to connect, which double from the one to the other. */
const RECONNECT_DELAY_MS = { min: 50, max: 5_000 }
/** A connection without a command for so long is ended; Kong keeps idle ones for 10 s. */
export const REDIS_IDLE_MS = 30_000

/** How often the log says that commands are refused. */
const COMPLAINT_INTERVAL_MS = 60_000

export interface RedisOutside {
  random(): number
  log(level: 'warn' | 'error', message: string, fields: Record<string, unknown>): void
  /** In place of REDIS_IDLE_MS. */
  idleMs?: number
}

/** Errors after which the same connection would give the same again: the Redis has become a replica, or asks for credentials. */
const NEEDS_NEW_CONNECTION = /^(READONLY|NOAUTH)\b/
const TIMED_OUT = 'Command timed out'

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * One connection to one Redis. It is made for the first command. Once an attempt has failed or a connection broke, commands fail at once while new
 * attempts are made in the background; a Redis that hangs costs the commands that were under way their timeout, and then counts as away.
 */
export class RedisConnection implements RedisStore {
  readonly #settings: RedisSettings
  readonly #outside: RedisOutside
  readonly #idleMs: number
  readonly #digests = new Map<string, string>()
  #ready: Redis | null = null
  /** The attempt to connect that is under way. */
  #attempt: Promise<Redis> | null = null
  /** Why the last attempt failed or the last connection ended; null where neither did. */
  #failure: string | null = null
  #failures = 0
  /** The log says that it is away. */
  #isToldAway = false
  #complainedAtMs = Number.NEGATIVE_INFINITY
  #pending = 0
  #isUsed = false
  #retryTimer: NodeJS.Timeout | null = null
  #idleTimer: NodeJS.Timeout | null = null

  constructor(settings: RedisSettings, outside: RedisOutside) {
    this.#settings = settings
    this.#outside = outside
    this.#idleMs = outside.idleMs ?? REDIS_IDLE_MS
  }

  run(lua: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const digest = this.#digests.get(lua) ?? hash('sha1', lua)
    this.#digests.set(lua, digest)
    return this.#do(async (client) => {
      try {
        return await client.evalsha(digest, keys.length, ...keys, ...args)
      } catch (error) {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error
        return await client.eval(lua, keys.length, ...keys, ...args)
      }
    })
  }

  command(name: string, args: readonly (string | number | Uint8Array)[], binary?: 'binary'): Promise<unknown> {
    const sent = args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength) : arg))
    return this.#do((client) => (binary === undefined ? client.call(name, sent) : client.callBuffer(name, sent)))
  }

  /** Ends the connection; what waits for an answer fails. */
  end(): void {
    for (const timer of [this.#retryTimer, this.#idleTimer]) if (timer !== null) clearTimeout(timer)
    this.#retryTimer = null
    this.#idleTimer = null
    const client = this.#ready
    this.#ready = null
    client?.disconnect()
  }

  async #do(action: (client: Redis) => Promise<unknown>): Promise<unknown> {
    if (this.#pending >= PENDING_MAX) throw new RedisUnavailableError(`more than ${PENDING_MAX} commands wait for Redis`)
    this.#isUsed = true
    this.#pending += 1
    try {
      const client = this.#ready ?? (await this.#connected())
      return await this.#ask(client, action)
    } finally {
      this.#pending -= 1
    }
  }

  async #ask(client: Redis, action: (client: Redis) => Promise<unknown>): Promise<unknown> {
    try {
      return await action(client)
    } catch (error) {
      const message = messageOf(error)
      // A Redis that hangs would cost every later command its timeout too.
      if (message === TIMED_OUT || NEEDS_NEW_CONNECTION.test(message)) this.#lose(client, message)
      else if (client === this.#ready) this.#complain(message)
      throw new RedisUnavailableError(message)
    }
  }

  /** The connection for a command that finds none. */
  #connected(): Promise<Redis> {
    if (this.#failure !== null) {
      if (this.#attempt === null && this.#retryTimer === null) this.#retryLater()
      throw new RedisUnavailableError(this.#failure)
    }
    this.#attempt ??= this.#connect()
    return this.#attempt
  }

  async #connect(): Promise<Redis> {
    try {
      const client = await this.#open()
      if (this.#isToldAway) this.#tell('Redis can be reached again')
      this.#isToldAway = false
      this.#failure = null
      this.#failures = 0
      this.#ready = client
      client.once('close', () => this.#lose(client, 'the connection to Redis ended'))
      if (client.status !== 'ready') throw new Error('the connection to Redis ended')
      this.#watchIdle()
      return client
    } catch (error) {
      this.#ready = null
      this.#fail(messageOf(error))
      throw new RedisUnavailableError(messageOf(error))
    } finally {
      this.#attempt = null
    }
  }

  /** A client that has greeted its Redis and chosen the database, within the time to connect. */
  async #open(): Promise<Redis> {
    const { host, port, username, password, tls, database, connectTimeoutMs, commandTimeoutMs } = this.#settings
    // Loaded for the first connection: most nodes have no Redis, and what is loaded costs time at each start and room in the processor's caches.
    const { Redis: Client } = await import('ioredis')
    const client = new Client({
      host,
      port,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(tls === null ? {} : { tls: { rejectUnauthorized: tls.verify, ...(tls.serverName === null ? {} : { servername: tls.serverName }) } }),
      protocol: 2,
      disableClientInfo: true,
      connectionName: 'sluice',
      lazyConnect: true,
      commandTimeout: commandTimeoutMs,
      // Commands are never kept for later and never sent twice: a counter would count twice.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    })
    let cause: string | null = null
    client.on('error', (error: Error) => {
      cause ??= error.message
    })
    const timer = setTimeout(() => {
      cause ??= 'Redis could not be connected to in time'
      client.disconnect()
    }, connectTimeoutMs)
    try {
      await client.connect()
      // By itself the client would go on in database 0 where the Redis has no such database.
      if (database !== 0) await client.select(database)
      return client
    } catch (error) {
      client.disconnect()
      throw new Error(cause ?? messageOf(error))
    } finally {
      clearTimeout(timer)
    }
  }

  #lose(client: Redis, reason: string): void {
    if (this.#ready !== client) return
    this.#ready = null
    client.disconnect()
    this.#fail(reason)
  }

  #fail(reason: string): void {
    if (!this.#isToldAway) this.#tell('Redis cannot be reached; plugins do without it as their settings say', reason)
    this.#isToldAway = true
    this.#failure = reason
    this.#failures += 1
    this.#retryLater()
  }

  #retryLater(): void {
    const { min, max } = RECONNECT_DELAY_MS
    const ceiling = Math.min(max, min * 2 ** Math.min(this.#failures, 10))
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer)
    this.#retryTimer = setTimeout(() => this.#retry(), min + this.#outside.random() * (ceiling - min))
    this.#retryTimer.unref()
  }

  #retry(): void {
    this.#retryTimer = null
    if (this.#attempt !== null || this.#ready !== null) return
    // Nobody asked since the last attempt but one: the next command begins anew.
    if (!this.#isUsed && this.#failures > 1) {
      this.#failure = null
      this.#failures = 0
      return
    }
    this.#isUsed = false
    this.#attempt = this.#connect()
    this.#attempt.catch(() => undefined)
  }

  #watchIdle(): void {
    this.#isUsed = false
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => {
      if (this.#ready === null) return
      if (this.#isUsed || this.#pending > 0) this.#watchIdle()
      else this.end()
    }, this.#idleMs)
    this.#idleTimer.unref()
  }

  /** A Redis that is there and refuses, since it is full or does not allow the command, is told once in a while. */
  #complain(reason: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#complainedAtMs < COMPLAINT_INTERVAL_MS) return
    this.#complainedAtMs = nowMs
    this.#tell('Redis refused a command; plugins do without it as their settings say', reason)
  }

  #tell(message: string, reason?: string): void {
    const { host, port } = this.#settings
    this.#outside.log('warn', message, { redis: `${host}:${port}`, ...(reason === undefined ? {} : { reason }) })
  }
}
