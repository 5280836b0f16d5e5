import type { ColumnDef } from '@tanstack/react-table'
import type { Column } from './columns.ts'

/** What the head and the cells of a column know beyond their content. */
export interface ColumnLook {
  className: string
  title: string
  width: string | undefined
  /** The table library calls a column sortable only where it sorts by itself; here the server does. */
  sortable: boolean
}

export function toDefinition<R>(column: Column<R>): ColumnDef<R> {
  const className = [column.numeric === true ? 'num' : '', column.show === 'wide' ? 'wide-only' : ''].filter((name) => name !== '').join(' ')
  const look: ColumnLook = { className, title: column.title, width: column.width, sortable: column.sortable === true }
  return { id: column.id, header: column.title, cell: ({ row }) => column.cell(row.original), meta: look }
}
