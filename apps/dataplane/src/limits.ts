import type { Http2Limits, ListenerLimits } from './listener/limits.ts'
import type { KeptLimits } from './memory/kept-objects.ts'
import type { UpstreamLimits } from './upstream/limits.ts'

/** One limit as an operator sets it. */
export interface LimitRow {
  /** Environment variable; `--limit-…` as a flag. */
  name: `SLUICE_LIMIT_${string}`
  unit: 'bytes' | 'MiB' | 'ms' | 'bytes/s' | '1/s' | 'number'
  default: number
  /** Smallest value; a limit whose smallest is 0 is off there where its text says so. */
  min: number
  max: number
  /** One sentence for docs/node.md. */
  text: string
  /** 0 is written for `no limit`. */
  isOffAtZero?: true
}

const KIB = 1024
const MIB = 1024 * KIB
const HOUR_MS = 3_600_000
const MANY = 1_000_000_000

/** What a limit is called, between what it may lie, and what it is unless set: the only place where that is written. */
const LISTENER: Record<Exclude<keyof ListenerLimits, 'http2'>, LimitRow> = {
  connectionsMax: {
    name: 'SLUICE_LIMIT_CONNECTIONS',
    unit: 'number',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    text: 'client connections of the node, of all workers together; more are closed at once',
  },
  connectionsPerAddressMax: {
    name: 'SLUICE_LIMIT_ADDRESS_CONNECTIONS',
    unit: 'number',
    default: 0,
    min: 0,
    max: 10_000_000,
    text: 'client connections of one address (of IPv6: one /64); more are closed at once; 0 is no limit; addresses of `SLUICE_TRUSTED_IPS` have none',
    isOffAtZero: true,
  },
  headBytesMax: { name: 'SLUICE_LIMIT_HEAD_BYTES', unit: 'bytes', default: 32 * KIB, min: KIB, max: MIB, text: 'a request’s head; more is 431' },
  fieldsMax: { name: 'SLUICE_LIMIT_HEAD_FIELDS', unit: 'number', default: 100, min: 10, max: 1_000, text: 'header fields of a request; more is 431' },
  targetBytesMax: { name: 'SLUICE_LIMIT_TARGET_BYTES', unit: 'bytes', default: 8 * KIB, min: 256, max: MIB, text: 'a request’s target, path and query; more is 414' },
  extensionBytesMax: { name: 'SLUICE_LIMIT_CHUNK_EXTENSION_BYTES', unit: 'bytes', default: KIB, min: 0, max: 64 * KIB, text: 'extensions of one chunk of a request; more is 400' },
  trailerBytesMax: { name: 'SLUICE_LIMIT_TRAILER_BYTES', unit: 'bytes', default: 8 * KIB, min: 2, max: MIB, text: 'trailers of a request over HTTP/1.1; more is 431' },
  trailersMax: { name: 'SLUICE_LIMIT_TRAILER_FIELDS', unit: 'number', default: 32, min: 0, max: 1_000, text: 'trailers of a request over HTTP/1.1; more is 431' },
  bodyBytesMax: {
    name: 'SLUICE_LIMIT_BODY_BYTES',
    unit: 'bytes',
    default: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    text: 'a request’s body; more is 413; 0 is no limit, as `nginx_http_client_max_body_size` of Kong has it',
    isOffAtZero: true,
  },
  headTimeoutMs: {
    name: 'SLUICE_LIMIT_HEAD_TIMEOUT_MS',
    unit: 'ms',
    default: 10_000,
    min: 100,
    max: HOUR_MS,
    text: 'from the first byte of a head, or of a connection or TLS handshake, to its last; later is 408',
  },
  keepAliveTimeoutMs: {
    name: 'SLUICE_LIMIT_KEEPALIVE_TIMEOUT_MS',
    unit: 'ms',
    default: 60_000,
    min: 100,
    max: 24 * HOUR_MS,
    text: 'how long a connection may be idle between two requests',
  },
  requestsPerConnectionMax: {
    name: 'SLUICE_LIMIT_CONNECTION_REQUESTS',
    unit: 'number',
    default: 100_000,
    min: 1,
    max: MANY,
    text: 'requests of one connection; the last is answered with `Connection: close`',
  },
  bodyTimeoutMs: { name: 'SLUICE_LIMIT_BODY_TIMEOUT_MS', unit: 'ms', default: 60_000, min: 100, max: HOUR_MS, text: 'longest pause between two pieces of a body; longer is 408' },
  bodyBytesPerSecondMin: {
    name: 'SLUICE_LIMIT_BODY_BYTES_PER_SECOND',
    unit: 'bytes/s',
    default: KIB,
    min: 0,
    max: MANY,
    text: 'how fast a body must come on average; slower is 408; 0 is no minimum',
  },
  bodyGraceMs: { name: 'SLUICE_LIMIT_BODY_GRACE_MS', unit: 'ms', default: 5_000, min: 0, max: HOUR_MS, text: 'how long a body may come slower than that at first' },
  sendTimeoutMs: {
    name: 'SLUICE_LIMIT_SEND_TIMEOUT_MS',
    unit: 'ms',
    default: 60_000,
    min: 100,
    max: HOUR_MS,
    text: 'longest time in which a client takes nothing of an answer that waits for it; then it is cut off',
  },
  lingerMs: {
    name: 'SLUICE_LIMIT_LINGER_MS',
    unit: 'ms',
    default: 5_000,
    min: 0,
    max: HOUR_MS,
    text: 'how long the rest of an upload is read and thrown away after an early answer, and a closed connection waits for the client’s end',
  },
  tunnelProbeMs: {
    name: 'SLUICE_LIMIT_TUNNEL_PROBE_MS',
    unit: 'ms',
    default: 60_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    text: 'silence after which the kernel asks whether the client of an upgraded connection is still there',
  },
  oneWriteBytesMax: {
    name: 'SLUICE_LIMIT_ONE_WRITE_BYTES',
    unit: 'bytes',
    default: 8 * KIB,
    min: 0,
    max: MIB,
    text: 'answers up to this size go out with their head in one write',
  },
  sendBufferBytes: {
    name: 'SLUICE_LIMIT_SEND_BUFFER_BYTES',
    unit: 'bytes',
    default: 128 * KIB,
    min: 4 * KIB,
    max: 64 * MIB,
    text: 'pending bytes for one client connection before its upstream is held back; what `response_buffering` allows comes on top',
  },
  requestBufferBytes: {
    name: 'SLUICE_LIMIT_REQUEST_BUFFER_BYTES',
    unit: 'bytes',
    default: 64 * KIB,
    min: 0,
    max: 64 * MIB,
    text: 'a request’s body up to this size is held until it is whole, where its route has `request_buffering`; 0: none is',
  },
  answerBufferBytes: {
    name: 'SLUICE_LIMIT_ANSWER_BUFFER_BYTES',
    unit: 'bytes',
    default: 256 * KIB,
    min: 0,
    max: 64 * MIB,
    text: 'pending bytes for one client connection of HTTP/1.1 before its upstream is held back, where the route has `response_buffering`',
  },
  drainIdleMs: {
    name: 'SLUICE_LIMIT_DRAIN_IDLE_MS',
    unit: 'ms',
    default: 250,
    min: 0,
    max: 30_000,
    text: 'on drain, how long an idle connection may bring one more request, and how long nobody must have come before no more are taken',
  },
  drainAcceptMs: { name: 'SLUICE_LIMIT_DRAIN_ACCEPT_MS', unit: 'ms', default: 10_000, min: 0, max: 30_000, text: 'on drain, how long new connections are taken at most' },
}

const HTTP2: Record<keyof Http2Limits, LimitRow> = {
  streamsMax: {
    name: 'SLUICE_LIMIT_HTTP2_STREAMS',
    unit: 'number',
    default: 100,
    min: 1,
    max: 10_000,
    text: 'requests of one HTTP/2 connection at a time; more are refused (REFUSED_STREAM)',
  },
  resetsPerSecondMax: {
    name: 'SLUICE_LIMIT_HTTP2_RESETS_PER_SECOND',
    unit: '1/s',
    default: 100,
    min: 1,
    max: MANY,
    text: 'requests that an HTTP/2 client takes back (CVE-2023-44487); more is GOAWAY',
  },
  resetsBurst: { name: 'SLUICE_LIMIT_HTTP2_RESETS_BURST', unit: 'number', default: 400, min: 1, max: MANY, text: 'as many may be taken back at once' },
  settingsPerSecondMax: {
    name: 'SLUICE_LIMIT_HTTP2_SETTINGS_PER_SECOND',
    unit: '1/s',
    default: 50,
    min: 1,
    max: MANY,
    text: 'SETTINGS frames of an HTTP/2 client; more is GOAWAY',
  },
  pingsPerSecondMax: { name: 'SLUICE_LIMIT_HTTP2_PINGS_PER_SECOND', unit: '1/s', default: 500, min: 1, max: MANY, text: 'PING frames of an HTTP/2 client; more is GOAWAY' },
  connectionMebibytesMax: {
    name: 'SLUICE_LIMIT_HTTP2_CONNECTION_MEBIBYTES',
    unit: 'MiB',
    default: 10,
    min: 1,
    max: 1_000,
    text: 'memory of one HTTP/2 connection beyond which it gets no new requests',
  },
}

const UPSTREAM: Record<keyof UpstreamLimits, LimitRow> = {
  idleTimeoutMs: {
    name: 'SLUICE_LIMIT_UPSTREAM_IDLE_TIMEOUT_MS',
    unit: 'ms',
    default: 60_000,
    min: 100,
    max: 24 * HOUR_MS,
    text: 'how long a connection to a target is kept without a request',
  },
  idleConnectionsMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_IDLE_CONNECTIONS',
    unit: 'number',
    default: 1_024,
    min: 0,
    max: 1_000_000,
    text: 'kept connections that no request uses, for each worker and target',
  },
  connectionsPerTargetMax: { name: 'SLUICE_LIMIT_UPSTREAM_CONNECTIONS', unit: 'number', default: 4_096, min: 1, max: 1_000_000, text: 'connections of each worker to a target' },
  waitingPerTargetMax: { name: 'SLUICE_LIMIT_UPSTREAM_WAITING', unit: 'number', default: 1_024, min: 0, max: 1_000_000, text: 'requests that wait for one of them; more are 503' },
  requestsPerConnectionMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_CONNECTION_REQUESTS',
    unit: 'number',
    default: 1_000_000,
    min: 1,
    max: MANY,
    text: 'requests of one connection to a target',
  },
  headBytesMax: { name: 'SLUICE_LIMIT_UPSTREAM_HEAD_BYTES', unit: 'bytes', default: 64 * KIB, min: KIB, max: MIB, text: 'the head of an upstream’s answer; more is 502' },
  fieldsMax: { name: 'SLUICE_LIMIT_UPSTREAM_HEAD_FIELDS', unit: 'number', default: 256, min: 10, max: 2_000, text: 'header fields of an upstream’s answer; more is 502' },
  extensionBytesMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_CHUNK_EXTENSION_BYTES',
    unit: 'bytes',
    default: KIB,
    min: 0,
    max: 64 * KIB,
    text: 'extensions of one chunk of an answer; with more it is broken off',
  },
  trailerBytesMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_TRAILER_BYTES',
    unit: 'bytes',
    default: 8 * KIB,
    min: 2,
    max: MIB,
    text: 'trailers of an answer over HTTP/1.1; with more it is broken off',
  },
  trailersMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_TRAILER_FIELDS',
    unit: 'number',
    default: 32,
    min: 0,
    max: 1_000,
    text: 'trailers of an answer over HTTP/1.1; with more it is broken off',
  },
  interimMax: { name: 'SLUICE_LIMIT_UPSTREAM_INTERIM_ANSWERS', unit: 'number', default: 16, min: 0, max: 10_000, text: 'interim answers (1xx) before an answer; more are 502' },
  oneWriteBytesMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_ONE_WRITE_BYTES',
    unit: 'bytes',
    default: 8 * KIB,
    min: 0,
    max: MIB,
    text: 'requests up to this size go out with their head in one write',
  },
  sendBufferBytes: {
    name: 'SLUICE_LIMIT_UPSTREAM_SEND_BUFFER_BYTES',
    unit: 'bytes',
    default: 128 * KIB,
    min: 4 * KIB,
    max: 64 * MIB,
    text: 'pending bytes for one connection to a target before its client is held back',
  },
  keepAliveProbeMs: {
    name: 'SLUICE_LIMIT_UPSTREAM_KEEPALIVE_PROBE_MS',
    unit: 'ms',
    default: 15_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    text: 'silence after which the kernel asks whether a target is still there',
  },
  streamsPerConnectionMax: {
    name: 'SLUICE_LIMIT_UPSTREAM_HTTP2_STREAMS',
    unit: 'number',
    default: 100,
    min: 1,
    max: 10_000,
    text: 'requests of one HTTP/2 connection to a target at a time, where the target allows as many',
  },
  streamWindowBytes: {
    name: 'SLUICE_LIMIT_UPSTREAM_HTTP2_WINDOW_BYTES',
    unit: 'bytes',
    default: 256 * KIB,
    min: 64 * KIB,
    max: 64 * MIB,
    text: 'what a target may send of one answer over HTTP/2 before it is read',
  },
}

const CACHE: Record<keyof KeptLimits, LimitRow> = {
  bytesMax: {
    name: 'SLUICE_LIMIT_CACHE_BYTES',
    unit: 'bytes',
    default: 128 * MIB,
    min: 0,
    max: 1024 * 1024 * MIB,
    text: 'answers that `proxy-cache` keeps, of all workers together, each of which has the same share; 0: none are kept',
  },
  objectBytesMax: {
    name: 'SLUICE_LIMIT_CACHE_ENTRY_BYTES',
    unit: 'bytes',
    default: 8 * MIB,
    min: KIB,
    max: 1024 * MIB,
    text: 'one kept answer with its fields; a longer one passes through and is not kept',
  },
}

/** All limits of a node. */
export interface NodeLimits {
  cache: KeptLimits
  listener: ListenerLimits
  upstream: UpstreamLimits
}

export const LIMIT_ROWS: readonly LimitRow[] = [LISTENER, HTTP2, UPSTREAM, CACHE].flatMap((group) => Object.values<LimitRow>(group))

function readGroup<K extends string>(rows: Record<K, LimitRow>, read: (row: LimitRow) => number): Record<K, number> {
  const settle = (row: LimitRow) => {
    const value = read(row)
    return value === 0 && row.isOffAtZero === true ? Number.POSITIVE_INFINITY : value
  }
  const pairs = (Object.entries(rows) as [K, LimitRow][]).map(([key, row]) => [key, settle(row)])
  return Object.fromEntries(pairs) as Record<K, number>
}

/** The limits with the values that `read` gives for their rows. A limit that is off is infinite. */
export function readLimits(read: (row: LimitRow) => number): NodeLimits {
  return { listener: { ...readGroup(LISTENER, read), http2: readGroup(HTTP2, read) }, upstream: readGroup(UPSTREAM, read), cache: readGroup(CACHE, read) }
}

export const DEFAULT_LIMITS: NodeLimits = readLimits((row) => row.default)
