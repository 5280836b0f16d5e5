/** Where the kernel deals the connections of a port out to several listeners, whatever its version (`reusePort` of node:net; Solaris and AIX have it in their last versions only). */
const SHARING: ReadonlySet<string> = new Set(['linux', 'freebsd', 'dragonfly'])

export interface WorkerPlan {
  count: number
  /** Listen with `reusePort`. */
  sharesPort: boolean
  /** For the log, where it is not what was asked for. */
  notice: string | null
}

/** How many workers there can be: as many as asked for where they can share a port, else one (macOS and Windows raise ENOTSUP for `reusePort`). */
export function planWorkers(asked: number, platform: string): WorkerPlan {
  if (SHARING.has(platform)) return { count: asked, sharesPort: true, notice: null }
  const notice =
    asked === 1 ? null : `one worker instead of ${asked}: on ${platform} workers cannot share a port (SO_REUSEPORT); for more, run several nodes behind a load balancer`
  return { count: 1, sharesPort: false, notice }
}
