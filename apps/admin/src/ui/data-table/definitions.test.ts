import { createTable, getCoreRowModel } from '@tanstack/react-table'
import { expect, test } from 'vitest'
import type { Column } from './columns.ts'
import { type ColumnLook, toDefinition } from './definitions.ts'

interface Route {
  id: string
  name: string
}
const NAME: Column<Route> = { id: 'name', title: 'Name', sortable: true, width: '20%', cell: (route) => route.name }

function lookOf(column: Column<Route>): ColumnLook {
  const table = createTable<Route>({ data: [], columns: [toDefinition(column)], getCoreRowModel: getCoreRowModel(), state: {}, onStateChange: () => {}, renderFallbackValue: null })
  return table.getAllColumns()[0]?.columnDef.meta as ColumnLook
}

test('a column that the server sorts is sortable although the table does not sort it', () => {
  expect(lookOf(NAME)).toMatchObject({ sortable: true, title: 'Name', width: '20%' })
  expect(lookOf({ ...NAME, sortable: undefined }).sortable).toBe(false)
})

test('numbers stand right, and what is for wide screens says so', () => {
  expect(lookOf(NAME).className).toBe('')
  expect(lookOf({ ...NAME, numeric: true, show: 'wide' }).className).toBe('num wide-only')
})

test('a cell is made of its row', () => {
  const table = createTable<Route>({
    data: [{ id: 'r1', name: 'orders' }],
    columns: [toDefinition(NAME)],
    getCoreRowModel: getCoreRowModel(),
    state: {},
    onStateChange: () => {},
    renderFallbackValue: null,
  })
  const cell = table.getRowModel().rows[0]?.getAllCells()[0]
  const render = cell?.column.columnDef.cell
  expect(typeof render === 'function' && cell !== undefined ? render(cell.getContext()) : null).toBe('orders')
})
