'use client'

import { ArrowUp, Square } from 'lucide-react'
import { formatDifference } from '../../ui/charts/measure.ts'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { newest } from './rollout.ts'
import { announceWithUndo } from './undo-toast.tsx'
import type { RolloutControl } from './use-rollout.ts'

interface ActionsProps {
  control: RolloutControl
  stable: string
  isPromoting: boolean
  onPromote: (isPromoting: boolean) => void
}

/** Abort stays in its place in every state; it asks nothing and can be taken back. */
export function Actions({ control, stable, isPromoting, onPromote }: ActionsProps) {
  const { rollout, abort, apply } = control
  const { saved, live, sending } = rollout
  const isOff = live === 0 && newest(rollout).percentage === 0
  const stop = async () => {
    const before = newest(rollout).percentage
    onPromote(false)
    if (await abort()) announceWithUndo(`Aborted. All traffic is on ${stable}.`, () => void apply(before))
  }
  return (
    <>
      <button type="button" className="btn danger" disabled={isOff || sending !== null} onClick={() => void stop()}>
        <Square className="i s" aria-hidden="true" />
        Abort
      </button>
      <button
        type="button"
        className="btn"
        aria-expanded={isPromoting}
        disabled={saved.percentage === 100 || sending !== null || rollout.moved !== null}
        onClick={() => onPromote(!isPromoting)}
      >
        <ArrowUp className="i s" aria-hidden="true" />
        Promote…
      </button>
    </>
  )
}

interface PromoteProps {
  control: RolloutControl
  stable: string
  canary: string
  total: number | null
  onClose: () => void
}

/** The question before everything goes to the canary, in place. */
export function PromoteQuestion({ control, stable, canary, total, onClose }: PromoteProps) {
  const { saved } = control.rollout
  const more = total === null || total === 0 ? '' : ` That is ${formatDifference((total * (100 - saved.percentage)) / 100)} requests/s.`
  const act = async () => {
    const before = saved.percentage
    onClose()
    if (await control.apply(100)) announceWithUndo(`Promoted. All traffic is on ${canary}.`, () => void control.apply(before))
  }
  return (
    <section className="note acc promote" aria-label="Promote the canary">
      <span className="grow">
        <b>Send all requests to {canary}?</b>
        {more} The service keeps pointing at {stable}: change its host afterwards, then remove the canary.
      </span>
      <span className="row">
        <button type="button" className="btn sm" onClick={onClose}>
          Keep {formatWeight(saved.percentage)} %
        </button>
        <button type="button" className="btn sm primary" onClick={() => void act()}>
          Promote to 100 %
        </button>
      </span>
    </section>
  )
}
