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
}
