/** Counters that are exact across the workers of a node. Keys may be chosen by attackers; they are hashed with a random key. */
export interface CounterTable {
  /** Adds one where the count is below `limit`; the new count, or REFUSED, or TABLE_FULL. The counter ends at `expiresAtMs` (Unix time) and starts at zero. */
  take(key: string, limit: number, expiresAtMs: number): number
  /** Gives back one that was taken, where another window refused the request. */
  release(key: string, expiresAtMs: number): void
  /** The present count without taking, 0 where there is none. */
  read(key: string, expiresAtMs: number): number
  /** Adds `count` whatever the limit; the new count, at most 2³² − 1, or TABLE_FULL. */
  add(key: string, count: number, expiresAtMs: number): number
  /** Makes the count at least this much, as where other nodes are known to have counted it; the new count, or TABLE_FULL. */
  raise(key: string, atLeast: number, expiresAtMs: number): number
  /**
   * Generic cell rate algorithm (ITU-T I.371): a request costs `intervalMs`, and as much as `toleranceMs` may be owed. What is owed afterwards, in
   * milliseconds; where that would be too much nothing is owed more, and the answer is minus the milliseconds until one fits. Null where the table
   * is full. A negative interval gives back.
   */
  spend(key: string, intervalMs: number, toleranceMs: number): number | null
}
export const REFUSED = -1
export const TABLE_FULL = -2

export interface InFlightBounds {
  /** Requests at a time. */
  limit: number
  /** Requests that may wait for a place, in all workers together. */
  queueMax: number
  /** How long each of them waits, in milliseconds. */
  waitMs: number
}

/** The place of one request among those that are under way. */
export interface Place {
  /** `full`: no place and none in the queue. `untracked`: nothing is counted, since the node's table has no room for another key. */
  readonly state: 'entered' | 'waiting' | 'full' | 'untracked'
  /** Where it waits: true once it has its place, false where it waited too long or left. Null in every other state. */
  readonly entered: Promise<boolean> | null
  /** Gives the place back, or leaves the queue. Whatever is done twice counts once. */
  leave(): void
}

/** Requests that are under way at a time, exact across the workers of a node. What a worker held is free again when it has crashed and its replacement starts. */
export interface InFlightPlaces {
  enter(key: string, bounds: InFlightBounds): Place
}

/** Where a Redis is, and how long may be waited for it. Equal settings share one connection of a worker. */
export interface RedisSettings {
  readonly host: string
  readonly port: number
  readonly database: number
  readonly username: string | null
  readonly password: string | null
  readonly tls: { readonly verify: boolean; readonly serverName: string | null } | null
  /** Until a connection can be used, with its handshake. */
  readonly connectTimeoutMs: number
  /** From a command to its answer. */
  readonly commandTimeoutMs: number
}

/**
 * A Redis. The connection is made with the first command and ended after a while without one, so by whoever no revision uses any more. Nothing
 * waits longer than the two timeouts together, and nothing waits at all once the Redis is known to be away: every method rejects with a
 * RedisUnavailableError then, until a connection made in the background stands again.
 */
export interface RedisStore {
  /** Runs a Lua script; it is sent whole only where the Redis does not have it yet. Keys come as KEYS, `args` as ARGV. */
  run(lua: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /** Runs one command, such as `GET`. Text comes back as strings, or as Buffers with `binary`. */
  command(name: string, args: readonly (string | number | Uint8Array)[], binary?: 'binary'): Promise<unknown>
}

/** The Redis did not do it: it is away, was too slow, or said no. What was sent may have been done all the same. */
export class RedisUnavailableError extends Error {}

/** An LDAP server, with how it is reached. */
export interface DirectoryServer {
  host: string
  port: number
  /** `tls` from the first byte (ldaps), or once both sides agreed to (StartTLS, RFC 4511 4.14). Never plain where one of these is asked for. */
  security: 'none' | 'tls' | 'start_tls'
  /** The server's certificate must be good for `host`. */
  verifiesHost: boolean
  /** Until there is an answer, from the moment of asking, in milliseconds. */
  timeoutMs: number
  /** How long a connection is kept that nobody uses, in milliseconds. */
  keepaliveMs: number
}

/** LDAP servers. Connections and callers that wait for one are bounded for each server and worker. */
export interface Directory {
  /**
   * Tries a simple bind (RFC 4513 5.1.3): whether the server takes the password for the DN; `busy` where too many wait already. Rejects where
   * the server cannot be reached, does not answer in time or answers with anything that says nothing about the password.
   */
  bind(server: DirectoryServer, claim: { dn: string; password: string }): Promise<'accepted' | 'refused' | 'busy'>
}

/** A request that a plugin makes of its own. */
export interface HttpQuestion {
  /** `http:` or `https:`, without user and password. Its address is held to what upstreams may have. */
  url: string
  method: 'GET' | 'POST'
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Until the whole answer is there, in milliseconds. */
  timeoutMs: number
  /** The longest body that is taken. */
  maxBytes: number
  /** Over https: the server's certificate must be good for its name. */
  verifiesHost: boolean
}

export interface HttpAnswer {
  readonly status: number
  /** Media type in lower case without parameters, empty where there is none. */
  readonly mediaType: string
  readonly body: string
}

/** HTTP for plugins: redirects are not followed; connections and questions that are open are bounded for each worker. */
export interface HttpClient {
  /** Rejects where there is no whole answer in time, where it is longer, and where too many questions are open. */
  ask(question: HttpQuestion): Promise<HttpAnswer>
}

/**
 * Memory of one worker for what plugins keep between requests. The node bounds it in bytes; what was not asked for longest goes first. Each
 * worker has its own, so that what is found goes to a client without a copy and without a lock.
 */
export interface KeptObjects {
  /** The most bytes that one object may have; 0 where nothing is kept. */
  readonly objectBytesMax: number
  get(key: string): object | null
  /** Keeps an object of so many bytes in place of the former one; false where it is too large, and then neither is there. */
  put(key: string, value: object, bytes: number): boolean
  remove(key: string): void
  /** Takes room for so many bytes of what is still coming, within the same bound; false where half of it is taken so already. */
  hold(bytes: number): boolean
  /** Gives room back that was held. */
  release(bytes: number): void
}

/**
 * Numbers that all workers of a node share: whoever advances one tells the others, at once, that what was kept before is no longer to be used.
 * Names share places: one may advance with another's, never the other way.
 */
export interface SharedGenerations {
  /** Where the number of this name is. */
  placeOf(name: string): number
  at(place: number): number
  advance(place: number): void
}

/** The name whose number advances when all that a plugin keeps is to be forgotten. */
export const pluginGeneration = (pluginId: string): string => `plugin ${pluginId}`
