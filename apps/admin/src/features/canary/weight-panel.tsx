'use client'

import { ArrowRight, Check, CornerDownLeft, LoaderCircle, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { type FormEvent, useRef } from 'react'
import { WeightField } from '../../ui/slats/weight-field.tsx'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { useGate, WeightSlider } from '../../ui/slats/weight-slider.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { consequencesOf } from './blast-radius.ts'
import { kindOf, receiptText } from './receipt.ts'
import { hasWish, isLocked, newest, type Rollout, type Saved } from './rollout.ts'
import type { RolloutControl } from './use-rollout.ts'

interface WeightPanelProps {
  control: RolloutControl
  stable: string
  canary: string
  /** Requests per second of the whole service; null while unknown. */
  total: number | null
  isSticky: boolean
  /** Why nodes refused the revision that is waited for, by their names. */
  reasons: readonly { node: string; text: string }[]
}

function Share({ name, destination, from, to, side }: { name: string; destination: string; from: number; to: number; side: 'canary' | 'stable' }) {
  return (
    <div className={side === 'stable' ? 'r' : undefined}>
      <span className="row">
        <i className={side === 'canary' ? 'sw c' : 'sw'} />
        <span className="i2">{name}</span>
        <span className="mono i3 hide-m trunc">{destination}</span>
      </span>
      <p className="big">
        {from !== to && (
          <>
            <span className="from">{formatWeight(from)}</span>
            <ArrowRight className="i" aria-hidden="true" />
            <span className="sr">to</span>
          </>
        )}
        <b>{formatWeight(to)} %</b>
      </p>
    </div>
  )
}

function Moved({ moved, ghost, onTakeOver, onDiscard }: { moved: Saved; ghost: number; onTakeOver: () => void; onDiscard: () => void }) {
  return (
    <div className="wx moved" role="alert">
      <p className="row">
        <TriangleAlert className="i s t-warn" aria-hidden="true" />
        <span>
          <b>The canary moved to {formatWeight(moved.percentage)} %</b>
          <span className="i2">
            {' '}
            by {moved.by ?? 'somebody'} in r{moved.revision}, <TimeAgo at={moved.at} />. Nothing of yours was sent.
          </span>
        </span>
      </p>
      <div className="row wrap">
        <button type="button" className="btn sm" onClick={onDiscard}>
          Leave it at {formatWeight(moved.percentage)} %
        </button>
        <button type="button" className="btn sm" onClick={onTakeOver}>
          Take over with {formatWeight(ghost)} %
        </button>
      </div>
    </div>
  )
}

function Band({ rollout, total, isSticky }: { rollout: Rollout; total: number | null; isSticky: boolean }) {
  const consequences = consequencesOf({ from: rollout.saved.percentage, to: rollout.ghost, total, isSticky })
  return (
    <div className="wx">
      <p className="lab">Applying will</p>
      <ul className="chg">
        {consequences.map(({ before, strong, after }) => (
          <li key={before}>
            {before}
            <b>{strong}</b>
            {after}
          </li>
        ))}
      </ul>
    </div>
  )
}

const ICONS = { waiting: LoaderCircle, applied: Check, partly: TriangleAlert, rejected: TriangleAlert, unheard: TriangleAlert } as const
const TONES = { waiting: 'i3', applied: 't-ok', partly: 't-bad', rejected: 't-bad', unheard: 't-warn' } as const

/** The line under the slats. It is one live region for everything that becomes of a weight. */
function Receipt({ rollout, reasons }: { rollout: Rollout; reasons: WeightPanelProps['reasons'] }) {
  const { acknowledged, sending, refusal } = rollout
  const saved = newest(rollout)
  const kind = acknowledged === null ? 'waiting' : kindOf(acknowledged)
  const Icon = refusal === null ? ICONS[kind] : TriangleAlert
  const showReasons = (kind === 'partly' || kind === 'rejected') && reasons.length > 0
  return (
    <footer className="receipt">
      <Icon className={`i s ${refusal === null ? TONES[kind] : 't-bad'}`} aria-hidden="true" />
      <div className="grow">
        <p role="status">
          {sending !== null && `Saving ${formatWeight(sending)} % …`}
          {sending === null && refusal !== null && <span className="t-bad">{refusal}</span>}
          {sending === null && refusal === null && (
            <>
              <span className="i2">{acknowledged === null ? `${formatWeight(saved.percentage)} % is saved, asking the nodes` : receiptText(saved.percentage, acknowledged)}</span> ·{' '}
              <Link className="link" href={`/revisions/${saved.revision}`}>
                r{saved.revision}
              </Link>
            </>
          )}
        </p>
        {showReasons && (
          <ul>
            {reasons.map(({ node, text }) => (
              <li key={node}>
                <b className="b">{node}</b>: {text}
              </li>
            ))}
          </ul>
        )}
      </div>
      {sending === null && refusal === null && (
        <span className="i3 hide-m">
          <TimeAgo at={saved.at} />
          {saved.by === null ? '' : ` by ${saved.by}`}
        </span>
      )}
    </footer>
  )
}

/** The slider with everything around it: what is, what is wished for, what that will do, and what became of it. */
export function WeightPanel({ control, stable, canary, total, isSticky, reasons }: WeightPanelProps) {
  const { rollout, wish, discard, takeOver, apply } = control
  const { ghost, live, saved, sending, moved } = rollout
  const place = useRef<HTMLFormElement>(null)
  const gate = useGate(place)
  const wished = hasWish(rollout)
  const locked = isLocked(rollout)
  const commit = () => {
    if (wished && !locked) void apply(ghost)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    commit()
  }
  return (
    <section className="card weights" aria-label="Weight">
      <form className="wt" ref={place} onSubmit={submit}>
        {/* What belongs to the slats is as wide as they are. */}
        <div style={gate === null ? undefined : { width: gate.width }}>
          <div className="wh">
            <Share name="Canary" destination={canary} from={saved.percentage} to={ghost} side="canary" />
            <Share name="Stable" destination={stable} from={100 - saved.percentage} to={100 - ghost} side="stable" />
          </div>
          <WeightSlider gate={gate} label="Canary weight" live={live} ghost={ghost} isLocked={locked} onWish={wish} onCommit={commit} onDiscard={discard} />
          <div className="wc">
            <WeightField label="Canary weight in per cent" ghost={ghost} isLocked={locked} onWish={wish} onDiscard={discard} />
            <span className="small i3 wkeys hide-m" aria-hidden="true">
              <kbd>←</kbd> <kbd>→</kbd> 0.1 <kbd>Shift</kbd> 1 <kbd>Alt</kbd> 10
            </span>
            <div className="row go">
              <button type="button" className="btn ghost" disabled={!wished || sending !== null} onClick={discard}>
                Discard
              </button>
              <button type="submit" className="btn primary" disabled={!wished || locked}>
                {sending === null ? `Apply ${formatWeight(ghost)} %` : 'Applying…'}
                <CornerDownLeft className="i s hide-m" aria-hidden="true" />
              </button>
            </div>
          </div>
        </div>
      </form>
      {moved !== null && <Moved moved={moved} ghost={ghost} onTakeOver={takeOver} onDiscard={discard} />}
      {moved === null && wished && sending === null && <Band rollout={rollout} total={total} isSticky={isSticky} />}
      <Receipt rollout={rollout} reasons={reasons} />
    </section>
  )
}
