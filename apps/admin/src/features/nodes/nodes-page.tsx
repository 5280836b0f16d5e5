'use client'

import { Plus } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { Problem, TableSkeleton } from '../../ui/data-table/table-states.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useCrumb } from '../shell/crumb.tsx'
import { JoinPanel } from './join-panel.tsx'
import { type ShownNode, summaryOf } from './node-words.ts'
import { NodesTable } from './nodes-table.tsx'
import { RevisionCard } from './revision-card.tsx'
import { useNodes } from './use-nodes.ts'

const NONE: readonly ShownNode[] = []

function JoinButton({ onJoin }: { onJoin: () => void }) {
  return (
    <button type="button" className="btn primary" onClick={onJoin}>
      <Plus className="i" aria-hidden="true" />
      Join a node
    </button>
  )
}

function Content({ nodes, isJoining, onJoin, onClose }: { nodes: readonly ShownNode[]; isJoining: boolean; onJoin: () => void; onClose: () => void }) {
  const { workspace } = useWorkspace()
  const hasCard = nodes.length > 0 && workspace !== null && workspace.revision > 0
  return (
    <div className="stack">
      {(hasCard || isJoining) && (
        <div className={hasCard && isJoining ? 'cols nc' : 'cols'}>
          {hasCard && <RevisionCard revision={workspace.revision} nodes={nodes} />}
          {isJoining && <JoinPanel nodes={nodes} onClose={onClose} />}
        </div>
      )}
      {nodes.length > 0 && <NodesTable nodes={nodes} />}
      {nodes.length === 0 && !isJoining && (
        <EmptyState
          title="No nodes yet"
          text="A node is a process that carries the traffic. It joins with a one-time token and gets every revision from then on."
          action={<JoinButton onJoin={onJoin} />}
        />
      )}
    </div>
  )
}

/** Nodes as they are this second, and the way to join one. `?join` opens the panel. */
export function NodesPage() {
  const { nodes, failure, retry } = useNodes()
  const { connection } = useWorkspace()
  const router = useRouter()
  const pathname = usePathname()
  const isJoining = useSearchParams().has('join')
  useCrumb(null)
  const show = (join: boolean) => router.push(join ? `${pathname}?join` : pathname, { scroll: false })
  const problem = failure ?? (connection === 'lost' ? { message: 'The control plane does not answer. This page tries again by itself.', requestId: null } : null)
  return (
    <>
      <div className="ph" style={{ alignItems: 'center' }}>
        <h1>Nodes</h1>
        <span className="sub" role="status">
          {nodes === null || nodes.length === 0 ? '' : summaryOf(nodes)}
        </span>
        <div className="acts">{!isJoining && (nodes ?? NONE).length > 0 && <JoinButton onJoin={() => show(true)} />}</div>
      </div>
      {nodes !== null ? (
        <Content nodes={nodes} isJoining={isJoining} onJoin={() => show(true)} onClose={() => show(false)} />
      ) : problem !== null ? (
        <Problem title="The nodes could not be read" problem={problem} onRetry={retry} />
      ) : (
        <TableSkeleton label="nodes" />
      )}
    </>
  )
}
