/** Bounds of what clients send and of how long they may take, with units. */
export const LISTENER_LIMITS = {
  headBytesMax: 32 * 1024,
  fieldsMax: 100,
  targetBytesMax: 8 * 1024,
  headTimeoutMs: 10_000,
  /** How often connections are looked at for headTimeoutMs. */
  headCheckIntervalMs: 1_000,
  keepAliveTimeoutMs: 60_000,
  requestsPerConnectionMax: 100_000,
  /** Longest pause between two pieces of a body that a plugin waits for. */
  bodyTimeoutMs: 60_000,
  /** Longest time in which a client takes nothing of an answer that waits for it. */
  sendTimeoutMs: 60_000,
  /** How long the rest of an upload is read and thrown away after it was answered early, so that the client gets to read the answer. */
  lingerMs: 5_000,
  /** Silence after which the kernel asks whether the peers of an upgraded connection are still there. */
  tunnelProbeMs: 60_000,
} as const
