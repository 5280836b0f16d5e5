'use client'

import { useMutation } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useEffect, useReducer, useRef } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { configOf, type PluginRow } from './canary-plugin.ts'
import { newest, type Rollout, reduceRollout, type Saved, startRollout } from './rollout.ts'

/** An abort that meets other writers is tried again this often. */
const ABORT_ATTEMPTS_MAX = 3

export function savedOf(plugin: PluginRow): Saved {
  return { percentage: configOf(plugin).percentage ?? 0, revision: plugin.revision, by: plugin.updated_by, at: plugin.updated_at }
}

export interface RolloutControl {
  rollout: Rollout
  wish: (percentage: number) => void
  discard: () => void
  takeOver: () => void
  /** Saves a weight on what this page has seen; true when it is saved. */
  apply: (percentage: number) => Promise<boolean>
  /** Sends everything back to stable, whatever the canary stands at by now; true when it is saved. */
  abort: () => Promise<boolean>
}

/** The weight of one canary: wishes of this page, what is saved, what nodes acknowledged, and changes from elsewhere. */
export function useRollout(plugin: PluginRow): RolloutControl {
  const trpc = useTRPC()
  const [rollout, dispatch] = useReducer(reduceRollout, savedOf(plugin), startRollout)
  const set = useMutation(trpc.canary.set.mutationOptions())
  // A toast may call back long after it was made; it must not send the revision of that time.
  const latest = useRef(rollout)
  latest.current = rollout
  const isSending = rollout.sending !== null
  useEffect(() => {
    if (!isSending) dispatch({ type: 'read', saved: savedOf(plugin) })
  }, [plugin, isSending])
  useSubscription(trpc.revisions.applied.subscriptionOptions({ number: newest(rollout).revision }, { onData: (state) => dispatch({ type: 'acknowledged', state }) }))

  const send = async (percentage: number, revision: number) => {
    const { item } = await set.mutateAsync({ plugin_id: plugin.id, percentage, revision })
    dispatch({ type: 'saved', saved: savedOf(item as unknown as PluginRow) })
  }
  const refuse = (error: unknown) => {
    const failure = readFailure(error)
    const current = failure.code === 'CONFLICT' ? (failure.current as PluginRow | null) : null
    dispatch({ type: 'refused', message: current === null ? failure.message : 'Not applied: the canary was changed in the meantime. Nothing was written.' })
    if (current !== null) dispatch({ type: 'read', saved: savedOf(current) })
  }
  const apply = async (percentage: number) => {
    const { revision } = latest.current.saved
    dispatch({ type: 'send', percentage })
    try {
      await send(percentage, revision)
      return true
    } catch (error) {
      refuse(error)
      return false
    }
  }
  const abort = async () => {
    let { revision } = newest(latest.current)
    dispatch({ type: 'send', percentage: 0 })
    for (let attempt = 1; ; attempt += 1) {
      try {
        await send(0, revision)
        return true
      } catch (error) {
        // Whoever aborts wants no traffic on the canary, whatever somebody else has just set: the stale check only says what to send.
        const current = readFailure(error).current as PluginRow | null
        if (current === null || attempt === ABORT_ATTEMPTS_MAX) {
          refuse(error)
          return false
        }
        revision = current.revision
      }
    }
  }
  return {
    rollout,
    wish: (percentage) => dispatch({ type: 'wish', percentage }),
    discard: () => dispatch({ type: 'discard' }),
    takeOver: () => dispatch({ type: 'take over' }),
    apply,
    abort,
  }
}
