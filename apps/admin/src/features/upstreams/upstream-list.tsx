'use client'

import type { Row } from '../../trpc/entities.ts'
import type { Column, Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EntityList } from '../entities/entity-list.tsx'
import { EntityCount, Tags } from '../entities/entity-name.tsx'

const NAMES: TableNames = { filters: ['tag', 'algorithm'], sorts: ['name', 'algorithm', 'updated_at'] }
const FILTERS: readonly Filter[] = NAMES.filters.map((name) => ({ name }))

const COLUMNS: readonly Column<Row<'upstream'>>[] = [
  { id: 'name', title: 'Name', sortable: true, cell: (upstream) => upstream.name },
  { id: 'targets', title: 'Targets', numeric: true, width: '110px', cell: (upstream) => <EntityCount type="target" where={{ upstream: upstream.id }} /> },
  { id: 'services', title: 'Services', numeric: true, width: '110px', cell: (upstream) => <EntityCount type="service" where={{ host: upstream.name }} /> },
  { id: 'algorithm', title: 'Algorithm', sortable: true, width: '20%', cell: (upstream) => upstream.algorithm },
  { id: 'tags', title: 'Tags', show: 'wide', width: '20%', cell: (upstream) => <Tags tags={upstream.tags} href="/upstreams" /> },
]

const EMPTY = {
  title: 'No upstreams yet',
  text: 'An upstream is a group of targets over which requests are balanced by weight. A service uses it by having its name as the host. One address alone needs none.',
}

export function UpstreamList() {
  return <EntityList type="upstream" title="Upstreams" names={NAMES} columns={COLUMNS} filters={FILTERS} newHref="/upstreams/new" empty={EMPTY} />
}
