'use client'

import type { Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EntityList } from '../entities/entity-list.tsx'
import { SERVICE_COLUMNS } from './service-columns.tsx'

const NAMES: TableNames = { filters: ['tag', 'host', 'protocol'], sorts: ['name', 'host', 'enabled', 'updated_at'] }
const FILTERS: readonly Filter[] = NAMES.filters.map((name) => ({ name }))

const EMPTY = {
  title: 'No services yet',
  text: 'A service is one of your applications as the gateway reaches it: a host, or an upstream with several targets. Routes then say which requests it gets.',
}

export function ServiceList() {
  return (
    <EntityList
      type="service"
      title="Services"
      names={NAMES}
      columns={SERVICE_COLUMNS}
      filters={FILTERS}
      newHref="/services/new"
      isOff={(service) => !service.enabled}
      empty={EMPTY}
    />
  )
}
