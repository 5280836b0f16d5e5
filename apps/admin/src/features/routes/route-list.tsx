'use client'

import { useMemo } from 'react'
import { useFindByName } from '../../trpc/entities.ts'
import type { Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EntityList } from '../entities/entity-list.tsx'
import { EntityName } from '../entities/entity-name.tsx'
import { ROUTE_COLUMNS } from './route-columns.tsx'

const NAMES: TableNames = { filters: ['tag', 'service'], sorts: ['name', 'updated_at'] }
const EMPTY = { title: 'No routes yet', text: 'A route says which requests belong to a service, by host, path, method or header. Everything without a route is answered with 404.' }

export function RouteList() {
  const findService = useFindByName('service')
  const filters = useMemo<readonly Filter[]>(
    () => [{ name: 'tag' }, { name: 'service', render: (id) => <EntityName type="service" id={id} />, resolve: findService }],
    [findService],
  )
  return <EntityList type="route" title="Routes" names={NAMES} columns={ROUTE_COLUMNS} filters={filters} newHref="/routes/new" empty={EMPTY} />
}
