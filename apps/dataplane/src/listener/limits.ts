import type { ChunkedLimits } from '../http1/chunked-decoder.ts'
import type { HeadLimits } from '../http1/head-parser.ts'
import type { ConnectionBounds } from '../memory/connection-counts.ts'

/** Bounds of HTTP/2 connections, with units. Heads, fields and targets have those of all requests. */
export interface Http2Limits {
  /** Requests of one connection at a time, as SETTINGS_MAX_CONCURRENT_STREAMS. More are refused with REFUSED_STREAM. */
  streamsMax: number
  /** Requests that a client takes back, per second (CVE-2023-44487). Above: GOAWAY. */
  resetsPerSecondMax: number
  /** As many may come at once. */
  resetsBurst: number
  /** SETTINGS frames per second. Above: GOAWAY. */
  settingsPerSecondMax: number
  /** PING frames per second. Above: GOAWAY. CONTINUATION frames of one head are at most 8 (nghttp2), and unanswered frames at most 1,000. */
  pingsPerSecondMax: number
  /** Memory of one connection beyond which it gets no new streams, in MiB. */
  connectionMebibytesMax: number
}

/** Bounds of what clients send and of how long they may take, with units. Names, defaults and ranges for operators: `limits.ts` of the node. */
export interface ListenerLimits extends HeadLimits, ChunkedLimits, ConnectionBounds {
  /** Bytes of a body, as announced or as they come. Above: 413. Infinite where there is no limit. */
  bodyBytesMax: number
  /** From the first byte of a head, or from the beginning of a connection, to its last. */
  headTimeoutMs: number
  keepAliveTimeoutMs: number
  requestsPerConnectionMax: number
  /** Longest pause between two pieces of a body that a plugin waits for, or that is passed on. */
  bodyTimeoutMs: number
  /** A body must come this fast on average, once `bodyGraceMs` have passed since its first byte was awaited. */
  bodyBytesPerSecondMin: number
  bodyGraceMs: number
  /** Longest time in which a client takes nothing of an answer that waits for it. */
  sendTimeoutMs: number
  /** How long the rest of an upload is read and thrown away after it was answered early, so that the client gets to read the answer. */
  lingerMs: number
  /** Silence after which the kernel asks whether the peers of an upgraded connection are still there. */
  tunnelProbeMs: number
  /** Answers up to this size go out with their head in one write, in bytes. */
  oneWriteBytesMax: number
  /** Bytes that wait for a client before its upstream is held back. */
  sendBufferBytes: number
  /** A body up to this size is held until it is whole, where its route buffers requests. 0: none is. */
  requestBufferBytes: number
  /** Bytes that may wait for a client of HTTP/1.1 before its upstream is held back, where its route buffers answers. */
  answerBufferBytes: number
  /**
   * On drain, how long idle connections may wait for one more request, which is then answered with `Connection: close`, and how long nobody must
   * have come before the listener is closed. A balancer that does not try another node where this one refuses should check more often than that.
   */
  drainIdleMs: number
  /** On drain, how long new connections are taken at most. */
  drainAcceptMs: number
  http2: Http2Limits
}
