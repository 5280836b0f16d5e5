'use client'

import { CircleX } from 'lucide-react'
import Link from 'next/link'
import { Fragment } from 'react'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { formatBytes, formatMilliseconds, formatNumber, formatPercent, formatSeen, UNKNOWN } from './measures.ts'
import { NodeActions } from './node-actions.tsx'
import { byUrgency, connectionOf, rejectionText, revisionOf, type ShownNode } from './node-words.ts'
import { StateWord } from './state-word.tsx'

const COLUMNS = 11

function Listens({ listen }: { listen: ShownNode['listen'] }) {
  if (listen === null) return <>{UNKNOWN}</>
  const addresses = [
    { scheme: 'http', address: listen.proxy },
    { scheme: 'https', address: listen.tls },
    { scheme: 'status', address: listen.status },
  ].filter((entry) => entry.address !== null)
  return (
    <ul className="listens">
      {addresses.map(({ scheme, address }) => (
        <li key={scheme}>
          <span className="i3">{scheme}</span> <span className="mono">{address}</span>
        </li>
      ))}
    </ul>
  )
}

/** Why a node does not take a revision, below the node itself. */
function Rejection({ node }: { node: ShownNode }) {
  const text = rejectionText(node)
  if (text === null || node.rejected === null) return null
  const { issues, revision } = node.rejected
  return (
    <tr className="why">
      <td colSpan={COLUMNS}>
        <div className="note bad">
          <CircleX className="i s" aria-hidden="true" />
          <div className="grow">
            <b>{text}</b>
            {issues.length > 0 && (
              <ul>
                {issues.map((issue) => (
                  <li key={`${issue.path} ${issue.message}`}>
                    {issue.path !== '' && <code>{issue.path}</code>} {issue.message}
                  </li>
                ))}
              </ul>
            )}
          </div>
          <Link className="btn sm" href={`/revisions/${revision}`}>
            See r{revision}
          </Link>
        </div>
      </td>
    </tr>
  )
}

function Row({ node }: { node: ShownNode }) {
  const isAway = node.state !== 'connected'
  return (
    <tr className={[node.rejected === null ? '' : 'rej', isAway ? 'away' : ''].filter((name) => name !== '').join(' ')}>
      <td>
        <span className="b mono">{node.name}</span>
      </td>
      <td data-title="State">
        <StateWord word={connectionOf(node)} />
      </td>
      <td data-title="Version">
        {node.version ?? UNKNOWN}
        {node.workers !== null && <span className="i3 sub">{node.workers === 1 ? '1 worker' : `${node.workers} workers`}</span>}
      </td>
      <td data-title="Revision">
        <StateWord word={revisionOf(node)} />
      </td>
      <td data-title="Listens on">
        <Listens listen={node.listen} />
      </td>
      <td className="num" data-title="Requests/s">
        {formatNumber(node.requests_per_s)}
      </td>
      <td className="num" data-title="Connections">
        {formatNumber(node.connections)}
      </td>
      <td className="num" data-title="CPU">
        {formatPercent(node.cpu_percent)}
      </td>
      <td className="num" data-title="Memory">
        {formatBytes(node.rss_bytes)}
        <span className="i3 sub">lag {formatMilliseconds(node.loop_lag_ms)}</span>
      </td>
      <td data-title="Seen">{node.last_seen_at === null ? 'never' : <TimeAgo at={node.last_seen_at} say={formatSeen} everyMs={1_000} />}</td>
      <td className="num act">
        <NodeActions node={node} />
      </td>
    </tr>
  )
}

/** Every node with what it last said of itself. Those that need a person come first. */
export function NodesTable({ nodes }: { nodes: readonly ShownNode[] }) {
  return (
    <div className="card lst nodes">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard. */}
      <section className="scroll" tabIndex={0} aria-label="List of nodes">
        <table>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">State</th>
              <th scope="col">Version</th>
              <th scope="col">Revision</th>
              <th scope="col">Listens on</th>
              <th scope="col" className="num">
                Requests/s
              </th>
              <th scope="col" className="num">
                Connections
              </th>
              <th scope="col" className="num">
                CPU
              </th>
              <th scope="col" className="num">
                Memory, loop lag
              </th>
              <th scope="col">Seen</th>
              <th scope="col">
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {byUrgency(nodes).map((node) => (
              <Fragment key={node.id}>
                <Row node={node} />
                <Rejection node={node} />
              </Fragment>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  )
}
