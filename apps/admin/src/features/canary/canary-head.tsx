'use client'

import { ArrowRight, CircleCheck, CircleOff, Pause, Play } from 'lucide-react'
import Link from 'next/link'
import type { Row } from '../../trpc/entities.ts'
import { useTelemetry } from '../../trpc/telemetry.tsx'
import { latest } from '../../trpc/telemetry-cells.ts'
import { formatPercent, formatRate } from '../../ui/charts/measure.ts'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { EntityCount } from '../entities/entity-name.tsx'
import { Actions } from './actions.tsx'
import { blastRadius } from './blast-radius.ts'
import type { Mode, PluginRow } from './canary-plugin.ts'
import type { RolloutControl } from './use-rollout.ts'

type Service = Row<'service'>

/** Rates beside a weight are means of this many seconds, so that they do not flicker. */
export const STEADY_S = 30

/** The tabs of the service's page, of which this one is a page of its own. */
export function Tabs({ serviceId }: { serviceId: string }) {
  const service = `/services/${serviceId}`
  return (
    <nav className="tabs" aria-label="Parts of this page">
      <Link href={service}>Configuration</Link>
      <Link href={`${service}?tab=routes`}>
        Routes
        <span className="n">
          <EntityCount type="route" where={{ service: serviceId }} />
        </span>
      </Link>
      <Link href={`${service}?tab=plugins`}>
        Plugins
        <span className="n">
          <EntityCount type="plugin" where={{ service: serviceId }} />
        </span>
      </Link>
      <Link href={`${service}/canary`} aria-current="page">
        Canary
      </Link>
    </nav>
  )
}

function StateChip({ plugin, live, mode }: { plugin: PluginRow; live: number; mode: Mode }) {
  if (!plugin.enabled)
    return (
      <span className="chip lg warn">
        <CircleOff className="i" aria-hidden="true" />
        Switched off
      </span>
    )
  if (mode === 'share' && live === 0)
    return (
      <span className="chip lg">
        <Pause className="i" aria-hidden="true" />
        No traffic
      </span>
    )
  if (mode === 'share' && live === 100)
    return (
      <span className="chip lg ok">
        <CircleCheck className="i" aria-hidden="true" />
        Promoted
      </span>
    )
  return (
    <span className="chip lg acc">
      <Play className="i" aria-hidden="true" />
      Running
    </span>
  )
}

function Measured({ lane }: { lane: 'stable' | 'canary' }) {
  const { cells } = useTelemetry()
  const now = latest(cells, STEADY_S)?.[lane]
  if (now === undefined) return <span className="i3">no data yet</span>
  return (
    <>
      <b>{formatRate(now.requests)}</b> requests/s {now.requests > 0 && <span className="i3 nw">· {formatPercent((now.status_5xx / now.requests) * 100)} 5xx</span>}
    </>
  )
}

export function Facts({ live, total, sticky, mode }: { live: number; total: number | null; sticky: string | null; mode: Mode }) {
  const radius = blastRadius(live, total)
  return (
    <dl className="rfacts">
      <div className="wide">
        <dt>Blast radius now</dt>
        <dd>
          {mode === 'groups' ? (
            <b>by group</b>
          ) : (
            <>
              <b>{formatWeight(live)} %</b>
              {radius !== null && (
                <>
                  <span className="ap">≈</span>
                  <b>{radius}</b> requests/s
                </>
              )}
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Canary serves</dt>
        <dd>
          <Measured lane="canary" />
        </dd>
      </div>
      <div>
        <dt>Stable serves</dt>
        <dd>
          <Measured lane="stable" />
        </dd>
      </div>
      <div>
        <dt>Sticky by</dt>
        <dd className="b">{sticky ?? 'nothing'}</dd>
      </div>
    </dl>
  )
}

/** Name, state, from where to where, and what ends the canary either way; on a phone that stands at the lower edge. */
export function Head({
  service,
  plugin,
  control,
  mode,
  canary,
  isPromoting,
  onPromote,
}: {
  service: Service
  plugin: PluginRow
  control: RolloutControl
  mode: Mode
  canary: string
  isPromoting: boolean
  onPromote: (is: boolean) => void
}) {
  const actions = mode === 'share' && <Actions control={control} stable={service.host} isPromoting={isPromoting} onPromote={onPromote} />
  return (
    <>
      <div className="ph">
        <div>
          <div className="row wrap" style={{ gap: 12 }}>
            <h1>{service.name ?? service.host}</h1>
            <StateChip plugin={plugin} live={control.rollout.live} mode={mode} />
          </div>
          <p className="sub row wrap">
            <i className="sw" />
            <span className="mono">{service.host}</span>
            <span className="i3">stable</span>
            <ArrowRight className="i s" aria-hidden="true" />
            <i className="sw c" />
            <span className="mono">{canary}</span>
            <span className="i3">canary</span>
          </p>
        </div>
        <div className="acts hide-m">{actions}</div>
      </div>
      {mode === 'share' && <div className="actbar">{actions}</div>}
    </>
  )
}
