import * as z from 'zod'
import type { RedisSettings } from './contract.ts'

/** Kong's record `redis`, which several plugins share. What Sluice does without may be written down as Kong's own dumps have it, and nothing else. */

const MILLISECONDS_MAX = 60_000

const text = (max: number) => z.string().min(1).max(max).nullable().default(null)
const timeout = (title: string, description: string) =>
  z
    .int()
    .min(1)
    .max(MILLISECONDS_MAX)
    .default(2_000)
    .meta({ title, description: `${description} At most ${MILLISECONDS_MAX}.`, unit: 'ms' })

/** Takes only the value that changes nothing. */
function without<const Value extends string | number | boolean | null>(value: Value, problem: string) {
  return z.literal(value, { error: problem }).optional().meta({ readOnly: true, title: 'Not used', description: problem })
}

const CLUSTER = 'Redis Cluster is not there in this version: name one Redis, or a proxy in front of the cluster'
const SENTINEL = 'Sentinel is not there in this version: name one Redis, or an address that follows the primary'
const POOL = 'each worker has one connection: leave this out'

const shared = {
  port: z.int().min(1).max(65_535).default(6379).meta({ title: 'Port', description: 'TCP port of the Redis.' }),
  database: z.int().min(0).max(65_535).default(0).meta({ title: 'Database', description: 'Number of the database.' }),
  username: text(256).meta({ title: 'Username', description: 'For a Redis with access control lists (6.0 and later). Unset: the default user.' }),
  password: text(1024).meta({ title: 'Password', description: 'Unset: the Redis asks for none.' }),
  ssl: z.boolean().default(false).meta({ title: 'TLS', description: 'Speak TLS to the Redis.' }),
  ssl_verify: z
    .boolean()
    .default(true)
    .meta({ title: 'Verify certificate', description: 'Refuse a certificate that does not belong to the name or that nobody known has signed. Only with TLS.' }),
  server_name: text(253).meta({ title: 'Server name', description: 'Name in TLS, where it is not the host. Only with TLS.' }),
  cloud_authentication: without(null, 'signing in by a cloud account is not there in this version: give username and password'),
}

const host = (fallback: string | null) => z.string().min(1).max(253).nullable().default(fallback).meta({ title: 'Host', description: 'Name or address of the Redis.' })

function strict<Shape extends z.ZodRawShape>(shape: Shape, usedBy: string) {
  return z
    .strictObject(shape)
    .prefault({} as never)
    .meta({ title: 'Redis', description: `The Redis of the counters, for ${usedBy}.` })
}

/** The record with one timeout, as rate-limiting and response-ratelimiting have it. `usedBy` completes "The Redis of the counters, for …". */
export const redisWithTimeout = (usedBy: string) => strict({ host: host(null), ...shared, timeout: timeout('Timeout', 'How long connecting may take, and each command.') }, usedBy)

/** The record with three timeouts, as rate-limiting-advanced and service-protection have it. */
export const redisWithTimeouts = (usedBy: string) =>
  strict(
    {
      host: host('127.0.0.1'),
      ...shared,
      connect_timeout: timeout('Connect timeout', 'How long connecting may take, with TLS and the sign-in.'),
      send_timeout: timeout('Send timeout', 'A command has the longer of this and the read timeout, from its first byte to its whole answer.'),
      read_timeout: timeout('Read timeout', 'A command has the longer of this and the send timeout, from its first byte to its whole answer.'),
      cluster_nodes: without(null, CLUSTER),
      cluster_max_redirections: without(5, CLUSTER),
      sentinel_master: without(null, SENTINEL),
      sentinel_nodes: without(null, SENTINEL),
      sentinel_role: without(null, SENTINEL),
      sentinel_username: without(null, SENTINEL),
      sentinel_password: without(null, SENTINEL),
      connection_is_proxied: without(false, 'a proxy needs no setting: name it as the host'),
      redis_proxy_type: without(null, 'a proxy needs no setting: name it as the host'),
      keepalive_pool_size: without(256, POOL),
      keepalive_backlog: without(null, POOL),
    },
    usedBy,
  )

interface Addressed {
  host: string | null
  port: number
  database: number
  username: string | null
  password: string | null
  ssl: boolean
  ssl_verify: boolean
  server_name: string | null
}
type Timeouts = { timeout: number } | { connect_timeout: number; send_timeout: number; read_timeout: number }

/** What the node is asked for. The schema has seen to it that a host is there. */
export function redisSettings(redis: Addressed & Timeouts): RedisSettings {
  return {
    host: redis.host ?? '127.0.0.1',
    port: redis.port,
    database: redis.database,
    username: redis.username,
    password: redis.password,
    tls: redis.ssl ? { verify: redis.ssl_verify, serverName: redis.server_name } : null,
    connectTimeoutMs: 'timeout' in redis ? redis.timeout : redis.connect_timeout,
    commandTimeoutMs: 'timeout' in redis ? redis.timeout : Math.max(redis.send_timeout, redis.read_timeout),
  }
}

/** What is wrong with a Redis that is used, as a path below `redis` with a sentence. */
export function redisProblem(redis: Addressed): { path: string; message: string } | null {
  if (redis.host === null) return { path: 'host', message: 'is needed where the counters are in Redis' }
  if (redis.username !== null && redis.password === null) return { path: 'password', message: 'is needed with a username' }
  return null
}
