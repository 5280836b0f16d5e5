import type { ChunkedLimits } from '../http1/chunked-decoder.ts'

/** Bounds of the connections of a worker to its upstreams, with units. Names, defaults and ranges for operators: `limits.ts` of the node. */
export interface UpstreamLimits extends ChunkedLimits {
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
  /** Bytes that wait for an upstream before its client is held back. */
  sendBufferBytes: number
  keepAliveProbeMs: number
  /** Requests that a connection of HTTP/2 carries at a time, where the upstream allows as many. */
  streamsPerConnectionMax: number
  /** What an upstream may send on a stream of HTTP/2 before it is read, in bytes. */
  streamWindowBytes: number
}
