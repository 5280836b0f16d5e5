'use client'

import { useQueries } from '@tanstack/react-query'
import { useTRPC } from '../../trpc/client.ts'
import { useLatestRevisions } from '../../trpc/fleet.ts'
import type { Marker } from '../../ui/charts/markers.ts'
import { markersOf, stepOf } from './markers.ts'

const REVISIONS_MAX = 50
/** More steps than this within the minutes of the chart have no room for their labels. */
const LOOKED_INTO_MAX = 12

/** Revisions made since a second, as markers; those of the canary with its percentage. */
export function useMarkers(pluginId: string, since: number): Marker[] {
  const trpc = useTRPC()
  const { data } = useLatestRevisions(REVISIONS_MAX)
  const recent = (data?.items ?? []).filter((revision) => new Date(revision.created_at).getTime() / 1000 >= since)
  const looked = recent.slice(0, LOOKED_INTO_MAX)
  // A revision never changes; only how far it came does, and that is in the list.
  const details = useQueries({ queries: looked.map(({ number }) => ({ ...trpc.revisions.get.queryOptions({ number }), staleTime: Number.POSITIVE_INFINITY })) })
  const steps = new Map<number, number>()
  for (const { data: revision } of details) {
    const step = revision === undefined ? null : stepOf(revision.changes, pluginId)
    if (revision !== undefined && step !== null) steps.set(revision.number, step)
  }
  return markersOf(recent, steps)
}
