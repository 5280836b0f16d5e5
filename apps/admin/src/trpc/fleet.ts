'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTRPC } from './client.ts'
import { useWorkspace } from './workspace.tsx'

/** Asks again whenever the workspace's stream says that a node or a revision changed, so that no stream of its own is needed. */
function useFollow(refetch: () => unknown): void {
  const { workspace } = useWorkspace()
  useEffect(() => {
    if (workspace !== null) refetch()
  }, [workspace, refetch])
}

/** All nodes. What changes each second is in the telemetry. */
export function useFleet() {
  const trpc = useTRPC()
  const query = useQuery(trpc.nodes.list.queryOptions())
  useFollow(query.refetch)
  return query
}

/** The newest revisions with how far they came. */
export function useLatestRevisions(limit: number) {
  const trpc = useTRPC()
  const query = useQuery({ ...trpc.revisions.list.queryOptions({ limit }), placeholderData: keepPreviousData })
  useFollow(query.refetch)
  return query
}
