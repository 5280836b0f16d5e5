'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import { useCallback, useMemo } from 'react'
import { type Row, useEntityPages } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import type { TableSource } from '../../ui/data-table/columns.ts'
import type { TableState } from '../../ui/data-table/table-state.ts'

/** The entities of a type as a table takes them. `where` narrows the list beyond what its address says, such as to one service. */
export function useEntitySource<T extends EntityType>(type: T, state: TableState, where?: Record<string, string>): TableSource<Row<T>> {
  const search = state.q.trim()
  const conditions = { ...state.filters, ...where }
  const pages = useEntityPages(type, {
    ...(search === '' ? {} : { search }),
    ...(Object.keys(conditions).length === 0 ? {} : { where: conditions }),
    ...(state.sort === null ? {} : { sort: state.sort }),
  })
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const failure = error === null ? null : readFailure(error)
  return {
    rows,
    total: data?.pages[0]?.total ?? 0,
    isLoading: isPending,
    isStale: isPlaceholderData,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
    tookMs: data?.pages[0]?.tookMs ?? null,
    problem: failure === null ? null : { message: failure.message, requestId: failure.requestId },
    retry: useCallback(() => void refetch(), [refetch]),
  }
}
