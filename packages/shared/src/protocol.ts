import * as z from 'zod'
import { ENTITY_TYPES, type EntityType } from './entities/registry.ts'
import { snapshotEntitySchema } from './snapshot.ts'

const MiB = 1024 * 1024

/** Version of the wire between node and hub. Raised only for what an older peer cannot ignore. */
export const PROTOCOL_VERSION = 1

/** Every bound of the wire, with its unit, in one place. */
export const LINK_LIMITS = {
  handshakeTimeoutMs: 5_000,
  /** A text message, or one binary chunk with its 4-byte index. */
  messageBytesMax: 1 * MiB + 4,
  chunkBytesMax: 1 * MiB,
  /** A snapshot after decompression. */
  snapshotBytesMax: 256 * MiB,
  /** A delta larger than this travels as a snapshot. */
  deltaBytesMax: 512 * 1024,
  issuesMax: 100,
  pingIntervalMs: 10_000,
  silenceMs: 25_000,
  reconnectDelayMsMin: 500,
  reconnectDelayMsMax: 60_000,
  telemetryIntervalMs: 1_000,
  telemetrySeriesMax: 200,
} as const

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const revision = z.int().min(0)
const issue = z.strictObject({ path: z.string().max(1024), message: z.string().max(2048) })
const count = z.int().min(0)

/** Upper edges of the latency buckets in milliseconds; the last bucket is open. */
export const LATENCY_EDGES_MS = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000, 10_000] as const

/** Requests of one series in one second: counts by status class, and a histogram over LATENCY_EDGES_MS (one more bucket than edges). */
export const telemetrySeriesSchema = z.strictObject({
  service: z.string().nullable(),
  route: z.string().nullable(),
  /** `canary` where a canary plugin sent the request to its upstream, else `stable`. */
  variant: z.enum(['stable', 'canary']),
  requests: count,
  status_4xx: count,
  status_5xx: count,
  latency: z.array(count).length(LATENCY_EDGES_MS.length + 1),
})
export type TelemetrySeries = z.infer<typeof telemetrySeriesSchema>

/** What a node did in one second. Series beyond LINK_LIMITS.telemetrySeriesMax are added up in one without service and route. */
export const telemetryCellSchema = z.strictObject({
  /** Unix time in whole seconds. */
  at: count,
  connections: count,
  cpu_percent: z.number().min(0),
  rss_bytes: count,
  loop_lag_ms: z.number().min(0),
  series: z.array(telemetrySeriesSchema).max(LINK_LIMITS.telemetrySeriesMax),
})
export type TelemetryCell = z.infer<typeof telemetryCellSchema>

export const nodeMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enrol'), name: z.string().min(1).max(128), credential_sha256: hash }),
  z.strictObject({
    type: z.literal('hello'),
    node: z.string().min(1).max(128),
    version: z.string().max(64),
    protocol: z.int(),
    plugins: z.array(z.string().max(128)).max(512),
    workers: z.int().min(1).max(1024),
    have: z.strictObject({ revision, hash }).nullable(),
    listen: z.strictObject({ proxy: z.string().max(260), tls: z.string().max(260).nullable(), status: z.string().max(260) }),
  }),
  z.strictObject({ type: z.literal('applied'), revision, hash, apply_ms: z.number().min(0) }),
  z.strictObject({ type: z.literal('rejected'), revision, issues: z.array(issue).max(LINK_LIMITS.issuesMax) }),
  /** The node cannot use the delta (its base is another one, or the hash differs): send a snapshot. */
  z.strictObject({ type: z.literal('resync'), reason: z.string().max(512) }),
  z.strictObject({ type: z.literal('telemetry'), cells: z.array(telemetryCellSchema).max(30) }),
])
export type NodeMessage = z.infer<typeof nodeMessageSchema>

const entityType = z.enum(ENTITY_TYPES as [EntityType, ...EntityType[]])
export const deltaChangeSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('upsert'), ...snapshotEntitySchema.shape }),
  z.strictObject({ op: z.literal('delete'), type: entityType, id: z.uuid() }),
])
export type DeltaChange = z.infer<typeof deltaChangeSchema>

export const hubMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enrolled'), node_id: z.uuid() }),
  z.strictObject({ type: z.literal('welcome'), node_id: z.uuid(), workspace: z.string() }),
  /** Announces `chunks` binary frames, each a 4-byte big-endian index and at most LINK_LIMITS.chunkBytesMax bytes of the gzip-compressed JSON of the snapshot. */
  z.strictObject({ type: z.literal('snapshot'), revision, hash, bytes: count, chunks: z.int().min(1).max(4096), encoding: z.literal('gzip') }),
  z.strictObject({ type: z.literal('delta'), base: revision, revision, hash, changes: z.array(deltaChangeSchema) }),
  z.strictObject({
    type: z.literal('refuse'),
    code: z.enum(['bad_token', 'expired_token', 'used_token', 'revoked', 'protocol', 'too_large', 'bad_message', 'name_taken']),
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('drain') }),
  /** What this plugin keeps is not to be given any more. Sent while the node is connected, and not again. */
  z.strictObject({ type: z.literal('purge'), plugin_id: z.uuid() }),
])
export type HubMessage = z.infer<typeof hubMessageSchema>
