'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'
import { useTRPC } from './client.ts'
import { useVisible } from './visible.ts'

export interface Workspace {
  name: string
  revision: number
  content_hash: string
  nodes_total: number
  nodes_applied: number
  nodes_rejected: number
  counts: Record<string, number>
}

export type Connection = 'connecting' | 'live' | 'lost'

const WorkspaceContext = createContext<{ workspace: Workspace | null; connection: Connection }>({ workspace: null, connection: 'connecting' })

/** How long the stream may be away before the page says so: a restart of the control plane is shorter. */
const LOST_AFTER_MS = 3_000

/** True once `away` has lasted for LOST_AFTER_MS. */
function useLost(away: boolean): boolean {
  const [lost, setLost] = useState(false)
  useEffect(() => {
    if (!away) return setLost(false)
    const timer = setTimeout(() => setLost(true), LOST_AFTER_MS)
    return () => clearTimeout(timer)
  }, [away])
  return lost
}

/**
 * Follows the workspace and tells the pages below: its revision, its nodes, its counts. A new revision makes the lists stale.
 */
export function WorkspaceProvider({ children }: { children: ReactNode }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [workspace, setWorkspace] = useState<Workspace | null>(null)
  const revision = useRef<number | null>(null)
  const visible = useVisible()
  const subscription = useSubscription(
    trpc.workspace.watch.subscriptionOptions(undefined, {
      enabled: visible,
      onData: (next: Workspace) => {
        if (revision.current !== null && revision.current !== next.revision) void queryClient.invalidateQueries()
        revision.current = next.revision
        setWorkspace(next)
      },
    }),
  )
  const live = subscription.status === 'pending'
  const lost = useLost(visible && !live)
  return <WorkspaceContext value={{ workspace, connection: live ? 'live' : lost ? 'lost' : 'connecting' }}>{children}</WorkspaceContext>
}

export function useWorkspace() {
  return useContext(WorkspaceContext)
}
