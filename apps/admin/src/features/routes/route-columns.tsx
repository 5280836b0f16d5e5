'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { Row } from '../../trpc/entities.ts'
import type { Column } from '../../ui/data-table/columns.ts'
import { EntityName, Tags } from '../entities/entity-name.tsx'
import { RouteMatches } from './route-matches.tsx'

const NAME: Column<Row<'route'>> = { id: 'name', title: 'Name', sortable: true, width: '22%', cell: (route) => labelOf('route', route) }
const MATCHES: Column<Row<'route'>> = { id: 'matches', title: 'Matches', cell: (route) => <RouteMatches route={route} /> }
const PROTOCOLS: Column<Row<'route'>> = { id: 'protocols', title: 'Protocols', show: 'wide', width: '120px', cell: (route) => route.protocols.join(', ') }
const TAGS: Column<Row<'route'>> = { id: 'tags', title: 'Tags', show: 'wide', width: '16%', cell: (route) => <Tags tags={route.tags} href="/routes" /> }

export const ROUTE_COLUMNS: readonly Column<Row<'route'>>[] = [
  NAME,
  MATCHES,
  {
    id: 'service',
    title: 'Service',
    width: '16%',
    cell: (route) => (route.service === null ? <span className="i3">none</span> : <EntityName type="service" id={route.service.id} link />),
  },
  PROTOCOLS,
  TAGS,
]

/** Inside a service, which need not be said again. */
export const NESTED_ROUTE_COLUMNS: readonly Column<Row<'route'>>[] = [NAME, MATCHES, PROTOCOLS, TAGS]
