'use client'

import { type ReactNode, useState } from 'react'
import { type Telemetry, useTelemetry } from '../../trpc/telemetry.tsx'
import { bucketsOf, latest, type Metric, measure, seriesOf } from '../../trpc/telemetry-cells.ts'
import { ChartTable } from '../../ui/charts/chart-table.tsx'
import { type Marker, placeMarkers } from '../../ui/charts/markers.ts'
import { formatMs, formatPercent, formatRate, formatTick } from '../../ui/charts/measure.ts'
import { maxOf } from '../../ui/charts/path.ts'
import { scaleFor } from '../../ui/charts/scale.ts'
import { TableSwitch } from '../../ui/charts/table-switch.tsx'
import { formatClock } from '../../ui/charts/time-axis.ts'
import { type Series, TimeChart, type Tone } from '../../ui/charts/time-chart.tsx'

/** Seconds in one point of a line, by the seconds of the window. */
const STEPS: Readonly<Record<number, number>> = { 60: 1, 300: 3, 600: 5 }
const NOW_S = 10
const HEIGHT = 188
const MARKERS_MAX = 7

interface Line {
  name: string
  metric: Metric
  tone: Tone
  area?: boolean
}

interface KpiProps {
  title: string
  lines: readonly Line[]
  least: number
  format: (value: number) => string
  formatAxis: (value: number) => string
  /** The figures of the last seconds; null where nothing was measured. */
  figures: (value: (metric: Metric) => number | null) => ReactNode
  sentence: (value: (metric: Metric) => number | null) => string
  markers: readonly Marker[]
}

export function stepOf({ seconds }: Pick<Telemetry, 'seconds'>): number {
  return STEPS[seconds] ?? 1
}

function Kpi({ title, lines, least, format, formatAxis, figures, sentence, markers }: KpiProps) {
  const telemetry = useTelemetry()
  const { cells, to, seconds, state } = telemetry
  const [isTable, setTable] = useState(false)
  const now = latest(cells, NOW_S)
  const value = (metric: Metric) => (now === null ? null : measure(now.all, metric))
  const end = to ?? 0
  const span = { from: end - seconds, to: end }
  const buckets = to === null ? [] : bucketsOf(cells, { to, seconds, step: stepOf(telemetry) })
  const series: Series[] = lines.map(({ name, metric, tone, area }) => ({ name, tone, area, points: seriesOf(buckets, 'all', metric) }))
  return (
    <section className="card kpi" aria-label={title}>
      <div className="kh">
        <div>
          <h2>{title}</h2>
          <p className="kv">{now === null ? <span className="i3">no data yet</span> : figures(value)}</p>
        </div>
        <div className="kd">
          {to !== null && <TableSwitch isTable={isTable} onChange={setTable} label={title} />}
          {state === 'stale' && to !== null && <span className="t-warn">since {formatClock(to, 'with seconds')} stale</span>}
        </div>
      </div>
      <p className="sr">{sentence(value)}</p>
      {to === null ? (
        <p className="none" style={{ minHeight: HEIGHT }}>
          {state === 'loading' ? 'Asking the nodes…' : 'No node reports traffic yet.'}
        </p>
      ) : isTable ? (
        <ChartTable caption={`${title} in the last ${seconds / 60} min`} series={series} format={format} />
      ) : (
        <TimeChart
          series={series}
          span={span}
          scale={scaleFor(maxOf(...series.map((entry) => entry.points)), least)}
          height={HEIGHT}
          format={format}
          formatAxis={formatAxis}
          markers={placeMarkers(markers, span, MARKERS_MAX)}
          namesAtEnd={lines.length > 1}
          isStale={state === 'stale'}
        />
      )}
    </section>
  )
}

const or = (value: number | null, format: (value: number) => string) => (value === null ? '–' : format(value))
const say = (value: number | null, format: (value: number) => string) => (value === null ? 'nothing to measure' : format(value))
const percentAxis = (value: number) => `${formatTick(value)} %`

/** Requests, errors and latency of all nodes together. */
export function Kpis({ markers }: { markers: readonly Marker[] }) {
  return (
    <div className="cols c3">
      <Kpi
        title="Requests"
        lines={[{ name: 'requests', metric: 'requests', tone: 'd1', area: true }]}
        least={1}
        format={(value) => `${formatRate(value)} requests/s`}
        formatAxis={formatTick}
        figures={(value) => (
          <>
            <b>{or(value('requests'), formatRate)}</b> <span>per second</span>
          </>
        )}
        sentence={(value) => `Requests of all nodes now: ${say(value('requests'), formatRate)} per second.`}
        markers={markers}
      />
      <Kpi
        title="Errors"
        lines={[
          { name: '5xx', metric: 'errors', tone: 'bad', area: true },
          { name: '4xx', metric: 'client_errors', tone: 'd2' },
        ]}
        least={1}
        format={formatPercent}
        formatAxis={percentAxis}
        figures={(value) => (
          <>
            <b>{or(value('errors'), formatPercent)}</b> <span>5xx</span>
          </>
        )}
        sentence={(value) => `Errors of all nodes now: ${say(value('errors'), formatPercent)} 5xx, ${say(value('client_errors'), formatPercent)} 4xx.`}
        markers={markers}
      />
      <Kpi
        title="Latency, ms"
        lines={[
          { name: 'p50', metric: 'p50', tone: 'd3' },
          { name: 'p95', metric: 'p95', tone: 'd4' },
          { name: 'p99', metric: 'p99', tone: 'd1' },
        ]}
        least={5}
        format={formatMs}
        formatAxis={formatTick}
        figures={(value) =>
          (['p50', 'p95', 'p99'] as const).map((metric) => (
            <span key={metric}>
              <b>{or(value(metric), (ms) => formatRate(ms))}</b> <span>{metric}</span>{' '}
            </span>
          ))
        }
        sentence={(value) => `Latency of all nodes now: p50 ${say(value('p50'), formatMs)}, p95 ${say(value('p95'), formatMs)}, p99 ${say(value('p99'), formatMs)}.`}
        markers={markers}
      />
    </div>
  )
}
