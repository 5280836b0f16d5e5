/** Bounds of what clients send, with units. */
export const LISTENER_LIMITS = {
  headBytesMax: 32 * 1024,
  fieldsMax: 100,
  targetBytesMax: 8 * 1024,
  headTimeoutMs: 10_000,
  keepAliveTimeoutMs: 60_000,
  requestsPerConnectionMax: 100_000,
} as const
