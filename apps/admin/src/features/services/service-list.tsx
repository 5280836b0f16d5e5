'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { Row } from '../../trpc/entities.ts'
import type { Column, Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EnabledWord } from '../entities/enabled.tsx'
import { EntityList } from '../entities/entity-list.tsx'
import { EntityCount, Tags } from '../entities/entity-name.tsx'
import { addressOf } from './address.ts'
import { CanaryShare } from './canary-share.tsx'

const NAMES: TableNames = { filters: ['tag', 'host', 'protocol'], sorts: ['name', 'host', 'enabled', 'updated_at'] }
const FILTERS: readonly Filter[] = NAMES.filters.map((name) => ({ name }))

const COLUMNS: readonly Column<Row<'service'>>[] = [
  { id: 'name', title: 'Name', sortable: true, cell: (service) => labelOf('service', service) },
  { id: 'host', title: 'Sends to', sortable: true, width: '26%', cell: (service) => <span className="mono">{addressOf(service)}</span> },
  { id: 'routes', title: 'Routes', numeric: true, width: '80px', cell: (service) => <EntityCount type="route" where={{ service: service.id }} /> },
  { id: 'canary', title: 'Canary', width: '150px', cell: (service) => <CanaryShare service={service.id} /> },
  { id: 'tags', title: 'Tags', show: 'wide', width: '18%', cell: (service) => <Tags tags={service.tags} href="/services" /> },
  { id: 'enabled', title: 'State', sortable: true, width: '110px', cell: (service) => <EnabledWord enabled={service.enabled} /> },
]

const EMPTY = {
  title: 'No services yet',
  text: 'A service is one of your applications as the gateway reaches it: a host, or an upstream with several targets. Routes then say which requests it gets.',
}

export function ServiceList() {
  return (
    <EntityList type="service" title="Services" names={NAMES} columns={COLUMNS} filters={FILTERS} newHref="/services/new" isOff={(service) => !service.enabled} empty={EMPTY} />
  )
}
