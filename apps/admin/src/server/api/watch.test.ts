import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { watch } from './watch.ts'

function source(first: number) {
  const events = new EventEmitter()
  const state = { value: first, reads: 0 }
  return {
    state,
    events,
    set(value: number) {
      state.value = value
      events.emit('change')
    },
    options: (signal: AbortSignal) => ({
      signal,
      onChange: (handler: () => void) => {
        events.on('change', handler)
        return () => events.off('change', handler)
      },
      read: async () => {
        state.reads += 1
        return state.value
      },
    }),
  }
}

test('a watcher is told what is there at once, then each difference, and nothing twice', async () => {
  const controller = new AbortController()
  const { options, set, events } = source(1)
  const seen: number[] = []
  for await (const value of watch(options(controller.signal))) {
    seen.push(value)
    if (value === 1) {
      set(1)
      setImmediate(() => set(2))
    }
    if (value === 2) setImmediate(() => set(3))
    if (value === 3) controller.abort()
  }
  expect(seen).toEqual([1, 2, 3])
  expect(events.listenerCount('change')).toBe(0)
})

test('a burst of changes is looked at a few times, and its last state is told', async () => {
  const controller = new AbortController()
  const { options, set, state } = source(0)
  const seen: number[] = []
  for await (const value of watch(options(controller.signal))) {
    seen.push(value)
    if (value === 0) for (let next = 1; next <= 1_000; next += 1) set(next)
    if (value === 1_000) controller.abort()
  }
  expect(seen).toEqual([0, 1_000])
  expect(state.reads).toBeLessThan(10)
})

test('it ends after the last state, when the caller leaves, and with the error of a read, and leaves no listener', async () => {
  const last = source(5)
  const seen: number[] = []
  for await (const value of watch({ ...last.options(new AbortController().signal), isLast: (value) => value === 5 })) seen.push(value)
  expect([seen, last.events.listenerCount('change')]).toEqual([[5], 0])

  const left = source(1)
  for await (const _ of watch(left.options(new AbortController().signal))) break
  expect(left.events.listenerCount('change')).toBe(0)

  const broken = source(1)
  const fails = watch({ ...broken.options(new AbortController().signal), read: () => Promise.reject(new Error('away')) })
  await expect(fails.next()).rejects.toThrow('away')
  expect(broken.events.listenerCount('change')).toBe(0)
})
