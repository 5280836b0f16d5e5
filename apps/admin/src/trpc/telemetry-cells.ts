import { addHistograms, percentile } from '@sluice/shared/latency'
import type { Lane, TrafficCell } from '../server/fleet/traffic.ts'

export type { Lane, TrafficCell }

/** A node that was silent for this long is no longer waited for. */
const QUIET_AFTER_S = 5

/** Cells of the window in the order of their seconds. One that is there already is kept: a reconnect sends the window again. */
export function mergeCells(known: readonly TrafficCell[], arrived: readonly TrafficCell[], seconds: number): readonly TrafficCell[] {
  if (arrived.length === 0) return known
  const byKey = new Map([...known, ...arrived].map((cell) => [`${cell.at} ${cell.node}`, cell]))
  const newest = Math.max(...arrived.map((cell) => cell.at), known.at(-1)?.at ?? 0)
  return [...byKey.values()].filter((cell) => cell.at > newest - seconds).sort((a, b) => a.at - b.at)
}

export function nodesOf(cells: readonly TrafficCell[]): string[] {
  return [...new Set(cells.map((cell) => cell.node))].sort()
}

/** The last second that every talking node has reported, so that a chart does not end in a dip; null without cells. */
export function settledSecond(cells: readonly TrafficCell[]): number | null {
  const newest = new Map<string, number>()
  for (const cell of cells) newest.set(cell.node, Math.max(cell.at, newest.get(cell.node) ?? 0))
  const last = Math.max(...newest.values())
  const talking = [...newest.values()].filter((at) => at > last - QUIET_AFTER_S)
  return talking.length === 0 ? null : Math.min(...talking)
}

export interface LaneSum {
  /** Per second. */
  requests: number
  status_4xx: number
  status_5xx: number
  latency: readonly number[]
}

export type LaneName = 'all' | 'stable' | 'canary'

/** Some seconds of traffic; a lane is null where no node said anything. */
export interface Bucket {
  from: number
  to: number
  lanes: Record<LaneName, LaneSum> | null
}

const SILENT: LaneSum = { requests: 0, status_4xx: 0, status_5xx: 0, latency: [] }

const addLanes = (left: LaneSum, right: LaneSum): LaneSum => ({
  requests: left.requests + right.requests,
  status_4xx: left.status_4xx + right.status_4xx,
  status_5xx: left.status_5xx + right.status_5xx,
  latency: addHistograms(left.latency, right.latency),
})

const perSecond = (lane: LaneSum, seconds: number): LaneSum => ({
  requests: lane.requests / seconds,
  status_4xx: lane.status_4xx / seconds,
  status_5xx: lane.status_5xx / seconds,
  latency: lane.latency,
})

/** Each node counts by the seconds it reported, so that a late or missing cell is a gap of that node and not a dip of all. */
function laneOf(cells: readonly TrafficCell[], pick: 'stable' | 'canary'): LaneSum {
  const byNode = Map.groupBy(cells, (cell) => cell.node)
  return [...byNode.values()].map((own) => perSecond(own.map((cell) => cell[pick]).reduce<LaneSum>(addLanes, SILENT), own.length)).reduce(addLanes, SILENT)
}

/** All cells as one stretch of time. */
export function sumOf(cells: readonly TrafficCell[]): Record<LaneName, LaneSum> | null {
  if (cells.length === 0) return null
  const [stable, canary] = [laneOf(cells, 'stable'), laneOf(cells, 'canary')]
  return { stable, canary, all: addLanes(stable, canary) }
}

export interface Window {
  /** The last second shown. */
  to: number
  seconds: number
  /** Seconds in one bucket. */
  step: number
}

/** From the first to the last second that each node reported. */
function presence(cells: readonly TrafficCell[]): Map<string, { first: number; last: number }> {
  const spans = new Map<string, { first: number; last: number }>()
  for (const { at, node } of cells) {
    const known = spans.get(node)
    spans.set(node, known === undefined ? { first: at, last: at } : { first: Math.min(known.first, at), last: Math.max(known.last, at) })
  }
  return spans
}

/**
 * The window in buckets that begin at multiples of the step, so that they do not change while the window moves on. Where a node that was
 * there before and after said nothing, the whole bucket is a gap: the sum of the others would look like a drop in traffic.
 */
export function bucketsOf(cells: readonly TrafficCell[], { to, seconds, step }: Window): Bucket[] {
  const first = to - seconds + 1
  const inside = cells.filter((cell) => cell.at >= first && cell.at <= to)
  const byBucket = Map.groupBy(inside, (cell) => Math.floor(cell.at / step))
  const spans = [...presence(inside)]
  const start = Math.floor(first / step)
  return Array.from({ length: Math.floor(to / step) - start + 1 }, (_, index) => {
    const bucket = start + index
    const edges = { from: Math.max(first, bucket * step), to: Math.min(to, (bucket + 1) * step - 1) }
    const own = byBucket.get(bucket) ?? []
    const heard = new Set(own.map((cell) => cell.node))
    const isPartial = spans.some(([node, span]) => span.first < edges.from && span.last > edges.to && !heard.has(node))
    return { ...edges, lanes: isPartial ? null : sumOf(own) }
  })
}

/** The mean of the last seconds; null where nobody said anything. */
export function latest(cells: readonly TrafficCell[], seconds: number): Record<LaneName, LaneSum> | null {
  const to = settledSecond(cells)
  return to === null ? null : sumOf(cells.filter((cell) => cell.at > to - seconds && cell.at <= to))
}

export const METRICS = ['requests', 'errors', 'p50', 'p95', 'p99'] as const
export type Metric = (typeof METRICS)[number] | 'client_errors'

const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const

/** Requests per second, errors in per cent of the requests, latency in milliseconds; null where there was nothing to measure. */
export function measure(lane: LaneSum, metric: Metric): number | null {
  switch (metric) {
    case 'requests':
      return lane.requests
    case 'errors':
      return lane.requests === 0 ? null : (lane.status_5xx / lane.requests) * 100
    case 'client_errors':
      return lane.requests === 0 ? null : (lane.status_4xx / lane.requests) * 100
    default:
      return percentile(lane.latency, SHARES[metric])
  }
}

/** One line of a chart. */
export function seriesOf(buckets: readonly Bucket[], lane: LaneName, metric: Metric): { at: number; value: number | null }[] {
  return buckets.map((bucket) => ({ at: (bucket.from + bucket.to) / 2, value: bucket.lanes === null ? null : measure(bucket.lanes[lane], metric) }))
}
