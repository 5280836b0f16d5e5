'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'
import { readTableState, type TableNames, type TableState, writeTableState } from './table-state.ts'

export interface TableAddress {
  state: TableState
  /** Shows a state and puts it into the address. `replace` while one is typing, so that Back does not go through every letter. */
  show: (state: TableState, how?: 'push' | 'replace') => void
}

/** The state of a list, kept in the address of the page. `names` should keep its identity. */
export function useTableState(names: TableNames): TableAddress {
  const pathname = usePathname()
  const params = useSearchParams()
  const state = useMemo(() => readTableState(params, names), [params, names])
  const show = useCallback(
    (next: TableState, how: 'push' | 'replace' = 'push') => {
      const url = pathname + writeTableState(location.search, next, names)
      // Next.js follows both calls, and neither asks the server for the page again.
      if (how === 'push') history.pushState(null, '', url)
      else history.replaceState(null, '', url)
    },
    [pathname, names],
  )
  return { state, show }
}
