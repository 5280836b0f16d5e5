'use client'

import Link from 'next/link'
import { useTelemetry } from '../../trpc/telemetry.tsx'
import { bucketsOf, latest, measure, seriesOf, type TrafficCell } from '../../trpc/telemetry-cells.ts'
import { formatMs, formatPercent, formatRate } from '../../ui/charts/measure.ts'
import { Sparkline } from '../../ui/charts/sparkline.tsx'
import { byUrgency, connectionOf, revisionOf, type ShownNode } from '../nodes/node-words.ts'
import { StateWord } from '../nodes/state-word.tsx'
import { stepOf } from './kpis.tsx'

const NOW_S = 10
const NODES_MAX = 50
const NOTHING = <span className="i3">–</span>

function NodeRow({ node, cells }: { node: ShownNode; cells: readonly TrafficCell[] }) {
  const telemetry = useTelemetry()
  const { to, seconds } = telemetry
  const now = node.state === 'connected' ? (latest(cells, NOW_S)?.all ?? null) : null
  const errors = now === null ? null : measure(now, 'errors')
  const p99 = now === null ? null : measure(now, 'p99')
  const cpu = node.state === 'connected' ? cells.at(-1)?.cpu_percent : undefined
  const connection = connectionOf(node)
  return (
    <tr>
      <td>
        <Link className="b mono" href="/nodes">
          {node.name}
        </Link>
      </td>
      <td>
        <StateWord word={connection} />
      </td>
      <td>
        <StateWord word={revisionOf(node)} />
      </td>
      <td className="num" data-title="requests/s">
        {now === null ? NOTHING : formatRate(now.requests)}
      </td>
      <td className="sp">
        {to !== null && <Sparkline points={seriesOf(bucketsOf(cells, { to, seconds, step: stepOf(telemetry) * 2 }), 'all', 'requests')} span={{ from: to - seconds, to }} />}
      </td>
      <td className="num" data-title="5xx">
        {errors === null ? NOTHING : formatPercent(errors)}
      </td>
      <td className="num" data-title="p99">
        {p99 === null ? NOTHING : formatMs(p99)}
      </td>
      <td className="num" data-title="CPU">
        {cpu === undefined ? NOTHING : `${Math.round(cpu)} %`}
      </td>
    </tr>
  )
}

/** What each node carries, those that need a person first. */
export function NodeTable({ nodes, revision }: { nodes: readonly ShownNode[]; revision: number | null }) {
  const { cells } = useTelemetry()
  const shown = byUrgency(nodes).filter((node) => node.state !== 'revoked')
  const connected = shown.filter((node) => node.state === 'connected')
  const current = connected.filter((node) => node.lag === 0 && node.rejected === null).length
  const byNode = Map.groupBy(cells, (cell) => cell.node)
  return (
    <section className="card ntab" aria-labelledby="nodes-title">
      <header>
        <h2 id="nodes-title">Nodes</h2>
        {revision !== null && connected.length > 0 && (
          <span className="i2">
            {current} of {connected.length} on r{revision}
          </span>
        )}
        <div className="end">
          <Link className="btn sm" href="/nodes">
            All nodes
          </Link>
        </div>
      </header>
      {shown.length === 0 ? (
        <p className="none">
          No node has joined yet.{' '}
          <Link className="link" href="/nodes">
            Join one
          </Link>{' '}
          with a command and a one-time token.
        </p>
      ) : (
        <div className="nscroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">State</th>
                <th scope="col">Revision</th>
                <th scope="col" className="num">
                  Requests/s
                </th>
                <th scope="col">
                  <span className="sr">Requests as a line</span>
                </th>
                <th scope="col" className="num">
                  5xx
                </th>
                <th scope="col" className="num">
                  p99
                </th>
                <th scope="col" className="num">
                  CPU
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, NODES_MAX).map((node) => (
                <NodeRow key={node.id} node={node} cells={byNode.get(node.name) ?? []} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
