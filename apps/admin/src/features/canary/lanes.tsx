'use client'

import { useState } from 'react'
import { useTelemetry } from '../../trpc/telemetry.tsx'
import { bucketsOf, type LaneName, latest, METRICS, type Metric, measure, nodesOf, seriesOf } from '../../trpc/telemetry-cells.ts'
import { useAddressChoice } from '../../ui/address-choice.ts'
import { ChartTable } from '../../ui/charts/chart-table.tsx'
import { type Marker, placeMarkers } from '../../ui/charts/markers.ts'
import { formatMs, formatPercent, formatRate, formatTick } from '../../ui/charts/measure.ts'
import { maxOf, type Span } from '../../ui/charts/path.ts'
import { type Scale, scaleFor } from '../../ui/charts/scale.ts'
import { TableSwitch } from '../../ui/charts/table-switch.tsx'
import { formatClock } from '../../ui/charts/time-axis.ts'
import { type Series, TimeChart } from '../../ui/charts/time-chart.tsx'
import { compareLanes } from './lane-words.ts'

const TITLES: Record<(typeof METRICS)[number], string> = { requests: 'Requests', errors: '5xx', p50: 'p50', p95: 'p95', p99: 'p99' }
const STEP_S = 3
const NOW_S = 10
const ALL_NODES = 'all'
/** A chart of nothing much keeps this much height, so that noise does not look like a storm. */
const LEAST: Record<string, number> = { requests: 1, errors: 1, p50: 5, p95: 5, p99: 5 }
const MARKERS_MAX = 8

const formatOf = (metric: Metric) => (metric === 'requests' ? (value: number) => `${formatRate(value)} requests/s` : metric === 'errors' ? formatPercent : formatMs)
const axisOf = (metric: Metric) => (metric === 'errors' ? (value: number) => `${formatTick(value)} %` : formatTick)

interface LaneProps {
  name: 'stable' | 'canary'
  destination: string
  value: string
  rate: string
  series: readonly Series[]
  span: Span
  scale: Scale
  metric: Metric
  markers: ReturnType<typeof placeMarkers>
  isStale: boolean
}

function Lane({ name, destination, value, rate, series, span, scale, metric, markers, isStale }: LaneProps) {
  const isLower = name === 'canary'
  return (
    <div className="lane">
      <div className="ln">
        <span className="row" style={{ gap: 6 }}>
          <i className={isLower ? 'sw c' : 'sw'} />
          <b className="b">{name}</b>
        </span>
        <span className="lv">{value}</span>
        <span className="small i3 trunc">{destination}</span>
        <span className="small i3">{rate}</span>
      </div>
      <div className="grow">
        <TimeChart
          series={series}
          span={span}
          scale={scale}
          height={isLower ? 176 : 156}
          format={formatOf(metric)}
          formatAxis={axisOf(metric)}
          markers={markers}
          hideMarkerLabels={isLower}
          hideTimes={!isLower}
          isStale={isStale}
        />
      </div>
    </div>
  )
}

function Controls({
  metric,
  setMetric,
  node,
  setNode,
  nodes,
}: {
  metric: string
  setMetric: (metric: string) => void
  node: string
  setNode: (node: string) => void
  nodes: readonly string[]
}) {
  return (
    <>
      {nodes.length > 1 && (
        <span className="in pick">
          <select aria-label="Node" value={node} onChange={(event) => setNode(event.target.value)}>
            <option value={ALL_NODES}>All nodes</option>
            {nodes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </span>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame of its own. */}
      <span className="seg" role="group" aria-label="What the chart shows">
        {METRICS.map((name) => (
          <button key={name} type="button" aria-pressed={name === metric} onClick={() => setMetric(name)}>
            {TITLES[name]}
          </button>
        ))}
      </span>
    </>
  )
}

/** Stable and canary at the same time on one scale; the stable line is repeated, dotted, in the canary's lane. */
export function Lanes({ stable, canary, markers }: { stable: string; canary: string; markers: readonly Marker[] }) {
  const { cells: all, to, seconds, state } = useTelemetry()
  const [metric, setMetric] = useAddressChoice('metric', METRICS) as [Metric & keyof typeof TITLES, (metric: string) => void]
  const nodes = nodesOf(all)
  const [node, setNode] = useAddressChoice('node', [ALL_NODES, ...nodes])
  const [isTable, setTable] = useState(false)
  const cells = node === ALL_NODES ? all : all.filter((cell) => cell.node === node)
  const end = to ?? 0
  const span = { from: end - seconds, to: end }
  const buckets = to === null ? [] : bucketsOf(cells, { to, seconds, step: STEP_S })
  const line = (lane: LaneName) => seriesOf(buckets, lane, metric)
  const lines = { stable: line('stable'), canary: line('canary') }
  const scale = scaleFor(maxOf(lines.stable, lines.canary), LEAST[metric] ?? 1)
  const now = latest(cells, NOW_S)
  const format = formatOf(metric)
  const placed = placeMarkers(markers, span, MARKERS_MAX)
  const value = (lane: 'stable' | 'canary') => {
    const measured = now === null ? null : measure(now[lane], metric)
    return measured === null ? '–' : metric === 'requests' ? formatRate(measured) : format(measured)
  }
  const rate = (lane: 'stable' | 'canary') => (now === null ? 'no data' : `${formatRate(now[lane].requests)} requests/s`)
  const series = {
    stable: [{ name: 'stable', points: lines.stable, tone: 'd2' as const, area: true }],
    canary: [
      { name: 'canary', points: lines.canary, tone: 'd1' as const, area: true },
      { name: 'stable', points: lines.stable, tone: 'd2' as const, isReference: true },
    ],
  }
  const shared = { span, scale, metric, markers: placed, isStale: state === 'stale' }
  return (
    <section className="card" aria-labelledby="lanes-title">
      <header className="wrap">
        <h2 id="lanes-title">Canary and stable</h2>
        {state === 'stale' && to !== null && <span className="small t-warn">stale since {formatClock(to, 'with seconds')}</span>}
        <div className="end">
          <Controls metric={metric} setMetric={setMetric} node={node} setNode={setNode} nodes={nodes} />
          <TableSwitch isTable={isTable} onChange={setTable} label={`${TITLES[metric]} of canary and stable`} />
        </div>
      </header>
      <p className="sr">
        {compareLanes({ title: TITLES[metric], stable: value('stable'), canary: value('canary'), names: { stable, canary }, unit: metric === 'requests' ? ' requests/s' : '' })}
      </p>
      {to === null ? (
        <p className="none">{state === 'loading' ? 'Asking for the last five minutes…' : 'No node reports traffic yet. The chart begins with the first second that one does.'}</p>
      ) : isTable ? (
        <ChartTable caption={`${TITLES[metric]} of stable and canary in the last five minutes`} series={[...series.stable, ...series.canary]} format={format} />
      ) : (
        <div className="lanes">
          <Lane name="stable" destination={stable} value={value('stable')} rate={rate('stable')} series={series.stable} {...shared} />
          <Lane name="canary" destination={canary} value={value('canary')} rate={rate('canary')} series={series.canary} {...shared} />
        </div>
      )}
    </section>
  )
}
