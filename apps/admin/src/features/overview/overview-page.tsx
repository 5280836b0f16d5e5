'use client'

import { readFailure } from '../../trpc/failure.ts'
import { useFleet, useLatestRevisions } from '../../trpc/fleet.ts'
import { TelemetryProvider, useTelemetry } from '../../trpc/telemetry.tsx'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { useAddressChoice } from '../../ui/address-choice.ts'
import { CrosshairProvider } from '../../ui/charts/crosshair.tsx'
import { Problem } from '../../ui/data-table/table-states.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { markersOf } from '../canary/markers.ts'
import { calmText, concernsOf } from './attention.ts'
import { Canaries, FirstSteps, LastChanges, NeedsAttention } from './cards.tsx'
import { firstSteps } from './first-steps.ts'
import { Kpis } from './kpis.tsx'
import { NodeTable } from './node-table.tsx'

/** Nodes report ten minutes; there is no more to choose from. The first is meant where the address has none. */
const RANGES = ['5', '1', '10'] as const
const IN_ORDER = ['1', '5', '10'] as const
const REVISIONS_MAX = 50
const CHANGES_SHOWN = 8
const NO_STEPS = new Map<number, number>()
const LOOK_MS = 1_000

function RangeSwitch({ range, onChange }: { range: string; onChange: (range: string) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame of its own.
    <span className="seg" role="group" aria-label="Time shown">
      {IN_ORDER.map((minutes) => (
        <button key={minutes} type="button" aria-pressed={minutes === range} onClick={() => onChange(minutes)}>
          {minutes} min
        </button>
      ))}
    </span>
  )
}

function Content({ range, onRange }: { range: string; onRange: (range: string) => void }) {
  const { workspace } = useWorkspace()
  const { to, seconds } = useTelemetry()
  const fleet = useFleet()
  const history = useLatestRevisions(REVISIONS_MAX)
  const now = useNow(LOOK_MS)
  const nodes = fleet.data ?? []
  const revisions = history.data?.items ?? []
  const recent = revisions.filter((revision) => new Date(revision.created_at).getTime() / 1000 >= (to ?? 0) - seconds)
  const newest = revisions[0] ?? null
  const isKnown = workspace !== null && fleet.data !== undefined
  const joined = nodes.filter((node) => node.state !== 'revoked').length
  const steps = isKnown ? firstSteps({ nodes: joined, services: workspace.counts.services ?? 0, routes: workspace.counts.routes ?? 0 }) : []
  const failure = fleet.error ?? history.error
  return (
    <div className="stack ovw">
      <div className="o1">
        <div className="ph">
          <h1>Overview</h1>
          <div className="acts">
            <RangeSwitch range={range} onChange={onRange} />
          </div>
        </div>
      </div>
      {failure !== null && fleet.data === undefined && (
        <Problem title="The nodes could not be read" problem={readFailure(failure)} onRetry={() => void Promise.all([fleet.refetch(), history.refetch()])} />
      )}
      {steps.length > 0 && <FirstSteps steps={steps} />}
      <Kpis markers={markersOf(recent, NO_STEPS)} />
      <div className="cols c53">
        {fleet.data === undefined ? <span className="skel" style={{ height: 180 }} /> : <NodeTable nodes={nodes} revision={workspace?.revision ?? null} />}
        {joined > 0 && <NeedsAttention concerns={concernsOf({ nodes, newest, now })} calm={calmText({ nodes, newest })} />}
      </div>
      <div className="cols c11">
        <Canaries second={Math.floor(now.getTime() / 1000)} />
        {history.data !== undefined && <LastChanges revisions={revisions.slice(0, CHANGES_SHOWN)} />}
      </div>
    </div>
  )
}

/** What the gateway carries now, what carries it, what moves, and what needs a person. */
export function OverviewPage() {
  const [range, setRange] = useAddressChoice('range', RANGES)
  return (
    <TelemetryProvider seconds={Number(range) * 60}>
      <CrosshairProvider>
        <Content range={range} onRange={setRange} />
      </CrosshairProvider>
    </TelemetryProvider>
  )
}
