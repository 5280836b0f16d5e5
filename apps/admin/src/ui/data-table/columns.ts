import type { ReactNode } from 'react'
import type { Noun } from './words.ts'

export interface Column<R> {
  /** Wire name of the field; it is what is sorted by. */
  id: string
  title: string
  cell: (row: R) => ReactNode
  /** Share of the width as CSS, such as `24%`; the rest is divided among columns without one. */
  width?: string
  sortable?: boolean
  numeric?: boolean
  /** `wide` leaves the column out on narrow screens and phones. */
  show?: 'always' | 'wide'
}

export interface Filter {
  /** Name in the address and in the search field, such as `tag`. */
  name: string
  /** Shows a value that is not readable by itself, such as an id. */
  render?: (value: string) => ReactNode
  /** The value that what was typed stands for, or null where there is none; without it the text is the value. */
  resolve?: (typed: string) => Promise<string | null>
}

/** One listing as the table takes it, whatever it was read from. */
export interface TableSource<R> {
  rows: readonly R[]
  total: number
  isLoading: boolean
  /** An older answer is shown while a newer one is on its way. */
  isStale?: boolean
  hasMore: boolean
  isLoadingMore?: boolean
  loadMore: () => void
  tookMs: number | null
  problem: { message: string; requestId: string | null } | null
  retry: () => void
}

export type { Noun }
