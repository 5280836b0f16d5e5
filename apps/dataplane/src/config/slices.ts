import { performance } from 'node:perf_hooks'
import type { PersistentMap } from '@sluice/shared/persistent-map'

/** Work that can stop at each `yield` and give others a turn. */
export type Steps<T> = Generator<void, T>

/**
 * How long a slice lasts before other work of the thread gets a turn; the step that runs over it is finished. As long as what that work took
 * last time, within these bounds: where requests take most of the time, an update must not wait for ever.
 */
const SLICE_MS = { min: 0.5, max: 1 }
/** Entries that are changed in one step. */
const ENTRIES_PER_STEP = 64

export function runToEnd<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

/** Runs the steps in slices, each in its own turn of the event loop; null where `isWanted` says no in between. */
export async function runInSlices<T>(steps: Steps<T>, isWanted: () => boolean): Promise<T | null> {
  let sliceMs = SLICE_MS.min
  while (isWanted()) {
    const until = performance.now() + sliceMs
    do {
      const step = steps.next()
      if (step.done === true) return step.value
    } while (performance.now() < until)
    const endedAt = performance.now()
    await new Promise<void>((resolve) => setImmediate(resolve))
    sliceMs = Math.min(SLICE_MS.max, Math.max(SLICE_MS.min, performance.now() - endedAt))
  }
  return null
}

/** `map.with(changes)` in steps. */
export function* changeMap<V>(map: PersistentMap<V>, changes: Iterable<readonly [string, V | undefined]>): Steps<PersistentMap<V>> {
  const draft = map.draft()
  let count = 0
  for (const [key, value] of changes) {
    draft.set(key, value)
    count += 1
    if (count % ENTRIES_PER_STEP === 0) yield
  }
  return count === 0 ? map : draft.finish()
}
