/** Least pause between two answers of a subscription, so that a burst of changes becomes one. */
const PAUSE_MS = 50
/** Most time without looking: a notification may have been lost. */
const LOOK_MS = 2_000

export interface WatchOptions<T> {
  signal: AbortSignal | undefined
  onChange: (handler: () => void) => () => void
  read: () => Promise<T>
  /** True where nothing more can come. */
  isLast?: (value: T) => boolean
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Yields what `read` answers, first at once and then whenever it differs, until the caller leaves. */
export async function* watch<T>({ signal, onChange, read, isLast }: WatchOptions<T>): AsyncGenerator<T> {
  let isDirty = true
  let wake = () => {}
  const stop = onChange(() => {
    isDirty = true
    wake()
  })
  let shown = ''
  try {
    while (signal?.aborted !== true) {
      isDirty = false
      const value = await read()
      const text = JSON.stringify(value)
      if (text !== shown) {
        shown = text
        yield value
      }
      if (isLast?.(value) === true) return
      await pause(PAUSE_MS, signal)
      if (isDirty) continue
      const controller = new AbortController()
      wake = () => controller.abort()
      const leave = () => controller.abort()
      signal?.addEventListener('abort', leave, { once: true })
      await pause(LOOK_MS, controller.signal)
      signal?.removeEventListener('abort', leave)
    }
  } finally {
    stop()
  }
}
