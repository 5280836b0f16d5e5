'use client'

import { getCoreRowModel, type Table, useReactTable } from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import type { Column, Filter, Noun, TableSource } from './columns.ts'
import { type ColumnLook, toDefinition } from './definitions.ts'
import { TableRows } from './table-rows.tsx'
import { TableSearch } from './table-search.tsx'
import { isNarrowed, nextSort } from './table-state.ts'
import { NoResult, Problem, TableSkeleton } from './table-states.tsx'
import type { TableAddress } from './use-table-state.ts'
import { countText } from './words.ts'

export interface DataTableProps<R extends { id: string }> {
  noun: Noun
  /** The first column names the row: its content becomes the link to `rowHref`. Should keep its identity between renders. */
  columns: readonly Column<R>[]
  source: TableSource<R>
  address: TableAddress
  filters?: readonly Filter[]
  rowHref: (row: R) => string
  /** Draws the row as switched off. */
  isOff?: (row: R) => boolean
  /** Stands in place of the table while there is nothing at all. */
  empty: ReactNode
}

const NO_FILTERS: readonly Filter[] = []

function Head<R>({ table, address }: { table: Table<R>; address: TableAddress }) {
  const { state, show } = address
  return (
    <thead>
      <tr>
        {table.getFlatHeaders().map(({ column, id }) => {
          const { className, width, sortable } = column.columnDef.meta as ColumnLook
          const title = String(column.columnDef.header)
          const order = state.sort?.field === id ? state.sort.order : null
          if (!sortable) {
            return (
              <th key={id} scope="col" className={className} style={{ width }}>
                {title}
              </th>
            )
          }
          return (
            <th key={id} scope="col" className={className} style={{ width }} aria-sort={order === null ? undefined : order === 'asc' ? 'ascending' : 'descending'}>
              <button type="button" onClick={() => show({ ...state, sort: nextSort(state.sort, id) })}>
                {title}
                {order === 'asc' && <ArrowUp className="i s" aria-hidden="true" />}
                {order === 'desc' && <ArrowDown className="i s" aria-hidden="true" />}
              </button>
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/**
 * A list of entities: search, filters and sorting in the address, rows page by page from the server, only those near the window in the page.
 *
 * Use: `const address = useTableState(NAMES)` with `NAMES = { filters: ['tag'], sorts: ['name'] }` outside the component, a `TableSource`
 * (for entities: `useEntityPages(type, address.state)`), and columns outside the component:
 * `[{ id: 'name', title: 'Name', sortable: true, cell: (row) => row.name }, …]`. The first cell becomes the link of the whole row, so it may
 * not hold a link or a button itself; links in other cells need the class `link`. `empty` is an `EmptyState` and shows while nothing exists at all;
 * "nothing found" and errors are drawn here. On a phone each row is a stack and the title of a column stands before its value.
 */
export function DataTable<R extends { id: string }>({ noun, columns, source, address, filters = NO_FILTERS, rowHref, isOff, empty }: DataTableProps<R>) {
  const definitions = useMemo(() => columns.map(toDefinition), [columns])
  const data = source.rows as R[]
  const table = useReactTable({ data, columns: definitions, getCoreRowModel: getCoreRowModel(), getRowId: (row) => row.id, manualSorting: true })
  const narrowed = isNarrowed(address.state)
  if (source.problem !== null && source.rows.length === 0) return <Problem title={`The ${noun.many} could not be read`} problem={source.problem} onRetry={source.retry} />
  if (!source.isLoading && source.rows.length === 0 && !narrowed) return <>{empty}</>
  return (
    <>
      <div className="fbar">
        <TableSearch address={address} filters={filters} label={`Search ${noun.many}`} />
        <p className="count" role="status">
          {source.isLoading ? '' : countText(source.total, noun, source.tookMs)}
        </p>
      </div>
      {source.isLoading ? (
        <TableSkeleton label={noun.many} />
      ) : source.rows.length === 0 ? (
        <NoResult noun={noun} address={address} filters={filters} />
      ) : (
        <section className={source.isStale === true ? 'card lst stale' : 'card lst'} aria-label={`List of ${noun.many}`}>
          <table className="fixed" aria-rowcount={source.total + 1} aria-busy={source.isStale === true}>
            <Head table={table} address={address} />
            <TableRows table={table} source={source} rowHref={rowHref} isOff={isOff} />
          </table>
          {source.hasMore && (
            <div className="pager">
              <span>
                {source.rows.length.toLocaleString('en')} of {source.total.toLocaleString('en')}
              </span>
              <button type="button" className="btn sm" disabled={source.isLoadingMore} onClick={source.loadMore}>
                {source.isLoadingMore === true ? 'Loading…' : 'Load more'}
              </button>
              {source.problem !== null && <span className="t-bad">{source.problem.message}</span>}
            </div>
          )}
        </section>
      )}
    </>
  )
}
