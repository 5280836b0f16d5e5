import { clampWeight } from '../../ui/slats/weight-model.ts'
import { type Acknowledged, isSettled } from './receipt.ts'

/** What the control plane has saved. `revision` is the one that last touched the plugin; a write carries it back. */
export interface Saved {
  percentage: number
  revision: number
  by: string | null
  at: string
}

/**
 * The weight of one canary as this page knows it. `ghost` is the wish, `saved` what the control plane has, `live` what nodes have
 * acknowledged; the slats fill with `live` alone.
 */
export interface Rollout {
  ghost: number
  live: number
  saved: Saved
  /** A write is on its way; what is read meanwhile may be its own result. */
  sending: number | null
  acknowledged: Acknowledged | null
  /** Somebody else moved the canary while there was a wish here: nothing is sent until that is settled. */
  moved: Saved | null
  /** Why the last write was refused. */
  refusal: string | null
}

export type Happening =
  | { type: 'wish'; percentage: number }
  | { type: 'discard' }
  | { type: 'send'; percentage: number }
  | { type: 'saved'; saved: Saved }
  | { type: 'refused'; message: string }
  | { type: 'read'; saved: Saved }
  | { type: 'acknowledged'; state: Acknowledged }
  | { type: 'take over' }

export function startRollout(saved: Saved): Rollout {
  return { ghost: saved.percentage, live: saved.percentage, saved, sending: null, acknowledged: null, moved: null, refusal: null }
}

export const hasWish = ({ ghost, saved }: Rollout) => ghost !== saved.percentage
export const isLocked = ({ moved, sending }: Rollout) => moved !== null || sending !== null

/** Follows what was saved: the wish goes along where there was none of its own. */
function follow(rollout: Rollout, saved: Saved): Rollout {
  return { ...rollout, saved, ghost: hasWish(rollout) ? rollout.ghost : saved.percentage, acknowledged: null }
}

/** The plugin as it was read again. An older answer, or one that was known, changes nothing. */
function read(rollout: Rollout, saved: Saved): Rollout {
  if (rollout.sending !== null || saved.revision <= newest(rollout).revision) return rollout
  const isOtherSetting = saved.percentage === rollout.saved.percentage
  if (isOtherSetting && rollout.moved === null) return { ...rollout, saved, acknowledged: null }
  return hasWish(rollout) || rollout.moved !== null ? { ...rollout, moved: saved, acknowledged: null } : follow(rollout, saved)
}

/** What the control plane has now: of this page, or of whoever moved the canary meanwhile. */
export const newest = ({ saved, moved }: Rollout): Saved => moved ?? saved

function acknowledge(rollout: Rollout, state: Acknowledged): Rollout {
  const { revision, percentage } = newest(rollout)
  if (state.number !== revision) return rollout
  const serves = isSettled(state) && (state.applied > 0 || state.nodes_total === 0)
  return { ...rollout, acknowledged: state, live: serves ? percentage : rollout.live }
}

export function reduceRollout(rollout: Rollout, happening: Happening): Rollout {
  switch (happening.type) {
    case 'wish':
      return isLocked(rollout) ? rollout : { ...rollout, ghost: clampWeight(happening.percentage), refusal: null }
    case 'discard': {
      const saved = newest(rollout)
      return rollout.sending !== null ? rollout : { ...rollout, saved, ghost: saved.percentage, moved: null, refusal: null }
    }
    case 'send':
      return { ...rollout, ghost: happening.percentage, sending: happening.percentage, refusal: null }
    case 'saved':
      return { ...rollout, saved: happening.saved, ghost: happening.saved.percentage, sending: null, moved: null, acknowledged: null }
    case 'refused':
      return { ...rollout, sending: null, refusal: happening.message }
    case 'read':
      return read(rollout, happening.saved)
    case 'acknowledged':
      return acknowledge(rollout, happening.state)
    case 'take over':
      return rollout.moved === null ? rollout : { ...rollout, saved: rollout.moved, moved: null }
  }
}
