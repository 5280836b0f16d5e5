'use client'

import Link from 'next/link'
import { type PointerEvent, useState } from 'react'
import { useCrosshair } from './crosshair.tsx'
import { spreadLabels } from './end-labels.ts'
import type { PlacedMarker } from './markers.ts'
import { formatTick } from './measure.ts'
import { areaPath, BOX, linePath, nearestPoint, type Point, type Span } from './path.ts'
import { heightOf, type Scale } from './scale.ts'
import { formatClock, timeTicks } from './time-axis.ts'

export type Tone = 'd1' | 'd2' | 'd3' | 'd4' | 'bad'

export interface Series {
  name: string
  points: readonly Point[]
  tone: Tone
  area?: boolean
  /** Repeated from another lane for comparison: thin, dotted, without a name at its end. */
  isReference?: boolean
}

export interface TimeChartProps {
  series: readonly Series[]
  span: Span
  scale: Scale
  height: number
  format: (value: number) => string
  formatAxis?: (value: number) => string
  markers?: readonly PlacedMarker[]
  /** The markers' labels are already at another chart above this one. */
  hideMarkerLabels?: boolean
  hideTimes?: boolean
  namesAtEnd?: boolean
  isStale: boolean
}

const KIND_CLASS: Record<PlacedMarker['kind'], string> = { change: 'mk', step: 'mk acc', refused: 'mk warn' }

function Lines({ series, span, scale }: Pick<TimeChartProps, 'series' | 'span' | 'scale'>) {
  return (
    <svg className="p" viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" aria-hidden="true">
      {scale.ticks.map((tick) => {
        const y = heightOf(tick, scale) * BOX.height
        return <line key={tick} x1="0" x2={BOX.width} y1={y} y2={y} />
      })}
      {series.map(({ name, points, tone, area }) => area === true && <path key={name} className={`f-${tone}`} d={areaPath(points, span, scale)} />)}
      {series.map(({ name, points, tone, isReference }) => (
        <path key={name} className={isReference === true ? `c-${tone} ref` : `c-${tone} own`} d={linePath(points, span, scale)} />
      ))}
    </svg>
  )
}

const TIMES_HEIGHT = 20
const NAME_HEIGHT = 13

function EndNames({ series, scale, height }: Pick<TimeChartProps, 'series' | 'scale' | 'height'>) {
  const plot = height - TIMES_HEIGHT
  const ends = series.flatMap(({ name, points, isReference }) => {
    const last = points.findLast((point) => point.value !== null)
    return isReference === true || last === undefined || last.value === null ? [] : [{ name, top: heightOf(last.value, scale) * plot }]
  })
  const tops = spreadLabels(
    ends.map((end) => end.top),
    { label: NAME_HEIGHT, height: plot },
  )
  return ends.map(({ name }, index) => (
    <span key={name} className="el" style={{ top: tops[index] }} aria-hidden="true">
      {name}
    </span>
  ))
}

function Marks({ markers, hideLabels }: { markers: readonly PlacedMarker[]; hideLabels: boolean }) {
  return markers.map(({ at, label, kind, href, title, share, more }) => {
    const text = more === 0 ? label : `${label} +${more}`
    const place = share > 0.94 ? 'pill right' : share < 0.06 ? 'pill left' : 'pill'
    return (
      <span key={`${at} ${label}`} className={KIND_CLASS[kind]} style={{ left: `${share * 100}%` }}>
        {!hideLabels &&
          (href === null ? (
            <span className={place} title={title}>
              <i>{text}</i>
            </span>
          ) : (
            <Link className={place} href={href} title={title}>
              <i>{text}</i>
            </Link>
          ))}
      </span>
    )
  })
}

function Tip({ series, at, span, format }: Pick<TimeChartProps, 'series' | 'span' | 'format'> & { at: number }) {
  const share = (at - span.from) / Math.max(1, span.to - span.from)
  return (
    <div className={share > 0.5 ? 'tip before' : 'tip'} style={{ left: `${share * 100}%` }} aria-hidden="true">
      <b>{formatClock(at, 'with seconds')}</b>
      {series.map(({ name, points, tone, isReference }) => {
        const value = nearestPoint(points, at)?.value ?? null
        return (
          <span key={name}>
            <i className={`sw t-${tone}`} />
            {isReference === true ? `${name} (dotted)` : name}
            <em>{value === null ? 'no data' : format(value)}</em>
          </span>
        )
      })}
    </div>
  )
}

/** Lines over time from zero. Gaps are gaps; the numbers are in the tip, in the table behind the chart and in the sentence beside it. */
export function TimeChart(props: TimeChartProps) {
  const { series, span, scale, height, format, formatAxis = formatTick, markers = [], hideMarkerLabels = false, hideTimes = false, namesAtEnd = false, isStale } = props
  const { at, move } = useCrosshair()
  const [isHere, setHere] = useState(false)
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)))
    const nearest = nearestPoint(series[0]?.points ?? [], span.from + share * (span.to - span.from))
    setHere(true)
    move(nearest?.at ?? null)
  }
  const leave = () => {
    setHere(false)
    move(null)
  }
  const isInside = at !== null && at >= span.from && at <= span.to
  return (
    <div className={['chart', namesAtEnd ? 'has-end' : '', isStale ? 'stale' : '', hideTimes ? 'no-times' : ''].join(' ')} style={{ height }}>
      <div className="plot" onPointerMove={follow} onPointerLeave={leave}>
        <Lines series={series} span={span} scale={scale} />
        {scale.ticks.map((tick) => (
          <span key={tick} className="yl" style={{ top: `${heightOf(tick, scale) * 100}%` }} aria-hidden="true">
            {formatAxis(tick)}
          </span>
        ))}
        {!hideTimes &&
          timeTicks(span).map((tick) => (
            <span key={tick.at} className="xl" style={{ left: `${tick.share * 100}%` }} aria-hidden="true">
              {tick.label}
            </span>
          ))}
        {namesAtEnd && <EndNames series={series} scale={scale} height={height} />}
        {isInside && <i className="ch" style={{ left: `${((at - span.from) / Math.max(1, span.to - span.from)) * 100}%` }} aria-hidden="true" />}
        <Marks markers={markers} hideLabels={hideMarkerLabels} />
        {isInside && isHere && <Tip series={series} at={at} span={span} format={format} />}
      </div>
    </div>
  )
}
