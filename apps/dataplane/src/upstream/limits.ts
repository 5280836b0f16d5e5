/** Bounds of the connections of a worker to its upstreams, with units. */
export interface UpstreamLimits {
  idleTimeoutMs: number
  /** Kept connections that no request uses, for each target. */
  idleConnectionsMax: number
  connectionsPerTargetMax: number
  /** Attempts that wait for a connection of a target, where it has all that it may have. */
  waitingPerTargetMax: number
  requestsPerConnectionMax: number
  headBytesMax: number
  fieldsMax: number
  /** Interim answers (1xx) of one attempt; an upstream that sends more is not answering. */
  interimMax: number
  /** Requests up to this size go out with their head in one write, in bytes. */
  oneWriteBytesMax: number
  keepAliveProbeMs: number
  /** Requests that a connection of HTTP/2 carries at a time, where the upstream allows as many. */
  streamsPerConnectionMax: number
  /** What an upstream may send on a stream of HTTP/2 before it is read, in bytes. */
  streamWindowBytes: number
}

export const UPSTREAM_LIMITS: UpstreamLimits = {
  idleTimeoutMs: 60_000,
  idleConnectionsMax: 1_024,
  connectionsPerTargetMax: 4_096,
  waitingPerTargetMax: 1_024,
  requestsPerConnectionMax: 1_000_000,
  headBytesMax: 64 * 1024,
  fieldsMax: 256,
  interimMax: 16,
  oneWriteBytesMax: 8 * 1024,
  keepAliveProbeMs: 15_000,
  streamsPerConnectionMax: 100,
  streamWindowBytes: 256 * 1024,
}
