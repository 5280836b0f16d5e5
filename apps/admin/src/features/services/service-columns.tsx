'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { Row } from '../../trpc/entities.ts'
import type { Column } from '../../ui/data-table/columns.ts'
import { EnabledWord } from '../entities/enabled.tsx'
import { EntityCount, Tags } from '../entities/entity-name.tsx'
import { addressOf } from './address.ts'
import { CanaryShare } from './canary-share.tsx'

export const SERVICE_COLUMNS: readonly Column<Row<'service'>>[] = [
  { id: 'name', title: 'Name', sortable: true, cell: (service) => labelOf('service', service) },
  { id: 'host', title: 'Sends to', sortable: true, width: '26%', cell: (service) => <span className="mono">{addressOf(service)}</span> },
  { id: 'routes', title: 'Routes', numeric: true, width: '80px', cell: (service) => <EntityCount type="route" where={{ service: service.id }} /> },
  { id: 'canary', title: 'Canary', width: '150px', cell: (service) => <CanaryShare service={service.id} /> },
  { id: 'tags', title: 'Tags', show: 'wide', width: '18%', cell: (service) => <Tags tags={service.tags} href="/services" /> },
  { id: 'enabled', title: 'State', sortable: true, width: '110px', cell: (service) => <EnabledWord enabled={service.enabled} /> },
]

/** Inside an upstream, where all of them send to the same. */
export const NESTED_SERVICE_COLUMNS = SERVICE_COLUMNS.filter((column) => column.id !== 'host')
