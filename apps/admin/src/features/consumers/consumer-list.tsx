'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { Row } from '../../trpc/entities.ts'
import type { Column, Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { EntityList } from '../entities/entity-list.tsx'
import { EntityCount, Tags } from '../entities/entity-name.tsx'

const NAMES: TableNames = { filters: ['tag', 'username', 'custom_id'], sorts: ['username', 'custom_id', 'updated_at'] }
const FILTERS: readonly Filter[] = NAMES.filters.map((name) => ({ name }))

const COLUMNS: readonly Column<Row<'consumer'>>[] = [
  { id: 'username', title: 'Username', sortable: true, cell: (consumer) => labelOf('consumer', consumer) },
  { id: 'custom_id', title: 'Custom id', sortable: true, width: '22%', cell: (consumer) => <span className="mono">{consumer.custom_id}</span> },
  { id: 'keys', title: 'Keys', numeric: true, width: '80px', cell: (consumer) => <EntityCount type="keyauth_credential" where={{ consumer: consumer.id }} /> },
  { id: 'groups', title: 'Groups', numeric: true, show: 'wide', width: '80px', cell: (consumer) => consumer.groups.length },
  { id: 'tags', title: 'Tags', show: 'wide', width: '18%', cell: (consumer) => <Tags tags={consumer.tags} href="/consumers" /> },
  { id: 'updated_at', title: 'Changed', sortable: true, width: '120px', cell: (consumer) => <TimeAgo at={consumer.updated_at} /> },
]

const EMPTY = {
  title: 'No consumers yet',
  text: 'A consumer is a caller the gateway knows by its credential. Plugins can then ask for a key, limit each caller on its own and choose who sees a canary.',
}

export function ConsumerList() {
  return <EntityList type="consumer" title="Consumers" names={NAMES} columns={COLUMNS} filters={FILTERS} newHref="/consumers/new" empty={EMPTY} />
}
