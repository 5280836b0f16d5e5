'use client'

import Link from 'next/link'
import { useWorkspace } from '../../trpc/workspace.tsx'

/** Above this many nodes single slats are too thin to read. */
const SLATS_MAX = 12

/** Which revision serves, on how many nodes, and how many refused it: on every page. */
export function RevisionChip() {
  const { workspace } = useWorkspace()
  if (workspace === null) return null
  const { revision, nodes_total: total, nodes_applied: applied, nodes_rejected: rejected } = workspace
  const slats = Math.min(total, SLATS_MAX)
  const bad = rejected === 0 ? 0 : Math.max(1, Math.round((rejected / total) * slats))
  const waiting = Math.min(slats - bad, Math.round(((total - applied - rejected) / Math.max(1, total)) * slats))
  const kinds = Array.from({ length: slats }, (_, index) => (index >= slats - bad ? 'bad' : index >= slats - bad - waiting ? 'wait' : 'ok'))
  return (
    <Link className="rev" href="/nodes" title={`${applied} of ${total} nodes on r${revision}`}>
      <b className="b" style={{ color: 'var(--ink)' }}>
        r{revision}
      </b>
      <span className="bar" aria-hidden="true">
        {kinds.map((kind, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the slats have no identity beyond their place.
          <i key={index} className={kind} />
        ))}
      </span>
      <span>
        {applied} of {total} nodes
      </span>
      {rejected > 0 && <span className="t-bad b hide-m">{rejected} rejected</span>}
    </Link>
  )
}
