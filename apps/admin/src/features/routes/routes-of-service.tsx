'use client'

import type { TableNames } from '../../ui/data-table/table-state.ts'
import { NestedList } from '../entities/nested-list.tsx'
import { NESTED_ROUTE_COLUMNS } from './route-columns.tsx'

const NAMES: TableNames = { filters: ['tag'], sorts: ['name', 'updated_at'] }

/** The routes of one service, and the way to another one. */
export function RoutesOfService({ service }: { service: string }) {
  return (
    <NestedList
      type="route"
      where={{ service }}
      names={NAMES}
      columns={NESTED_ROUTE_COLUMNS}
      newHref={`/routes/new?service=${service}`}
      empty={{ title: 'No routes yet', text: 'This service gets no requests. A route says which ones belong to it, by host, path, method or header.' }}
    />
  )
}
