'use client'

import { flexRender, type Table } from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import Link from 'next/link'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { TableSource } from './columns.ts'
import type { ColumnLook } from './definitions.ts'

const ROW_HEIGHT = 45
const OVERSCAN = 12
/** This many rows before the end the next page is asked for. */
const AHEAD = 20

/** Up and down move among the rows, Home and End to the first and the last that are there. */
function moveFocus(event: KeyboardEvent<HTMLTableSectionElement>) {
  if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key) || !(event.target instanceof HTMLAnchorElement)) return
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('a.row-link')]
  const at = links.indexOf(event.target)
  if (at === -1) return
  const to = event.key === 'Home' ? 0 : event.key === 'End' ? links.length - 1 : at + (event.key === 'ArrowDown' ? 1 : -1)
  const link = links[to]
  if (link === undefined) return
  event.preventDefault()
  link.focus()
}

interface TableRowsProps<R> {
  table: Table<R>
  source: TableSource<R>
  rowHref: (row: R) => string
  isOff?: (row: R) => boolean
}

/** The rows near the window; the height of all others is held by two empty ones. The next page is asked for before its place is reached. */
export function TableRows<R extends { id: string }>({ table, source, rowHref, isOff }: TableRowsProps<R>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  const { rows } = table.getRowModel()
  // The list starts below the head of the page, whose height changes with the width and with notes above it.
  useLayoutEffect(() => {
    const place = () => setOffset(body.current === null ? 0 : Math.round(body.current.getBoundingClientRect().top + scrollY))
    place()
    addEventListener('resize', place)
    return () => removeEventListener('resize', place)
  }, [])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollMargin: offset,
    getItemKey: (index) => rows[index]?.id ?? index,
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]
  const last = items[items.length - 1]
  const { hasMore, isLoadingMore = false, loadMore } = source
  const isNearEnd = last !== undefined && last.index >= rows.length - AHEAD
  useEffect(() => {
    if (isNearEnd && hasMore && !isLoadingMore) loadMore()
  }, [isNearEnd, hasMore, isLoadingMore, loadMore])
  const above = first === undefined ? 0 : first.start - offset
  const below = last === undefined ? 0 : virtualizer.getTotalSize() - (last.end - offset)
  return (
    <tbody ref={body} onKeyDown={moveFocus}>
      {above > 0 && <tr className="gap" style={{ height: above }} />}
      {items.map((item) => {
        const row = rows[item.index]
        if (row === undefined) return null
        return (
          <tr key={row.id} data-index={item.index} ref={virtualizer.measureElement} aria-rowindex={item.index + 2} className={isOff?.(row.original) === true ? 'off' : undefined}>
            {row.getVisibleCells().map((cell, index) => {
              const { className, title } = cell.column.columnDef.meta as ColumnLook
              const content = flexRender(cell.column.columnDef.cell, cell.getContext())
              return (
                <td key={cell.id} className={className} data-title={title}>
                  {index === 0 ? (
                    <Link className="b row-link" href={rowHref(row.original)} prefetch={false}>
                      {content}
                    </Link>
                  ) : (
                    content
                  )}
                </td>
              )
            })}
          </tr>
        )
      })}
      {below > 0 && <tr className="gap" style={{ height: below }} />}
    </tbody>
  )
}
