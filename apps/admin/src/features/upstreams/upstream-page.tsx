'use client'

import { labelOf } from '@sluice/shared/entities/label'
import { useEntity, useEntityList } from '../../trpc/entities.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EntityForm } from '../entities/entity-form.tsx'
import { EntityCount } from '../entities/entity-name.tsx'
import { EntityPage } from '../entities/entity-page.tsx'
import { NestedList } from '../entities/nested-list.tsx'
import { NESTED_SERVICE_COLUMNS } from '../services/service-columns.tsx'
import { Targets } from './targets.tsx'
import { UPSTREAM_SECTIONS, UPSTREAM_SUMMARY, upstreamAdvice } from './upstream-form.ts'

const SERVICE_NAMES: TableNames = { filters: ['tag'], sorts: ['name'] }
const USED_BY_MAX = 100

/** Services point at an upstream by its name, so no reference says that they depend on it. */
function useServicesOf(id: string) {
  const { data: upstream } = useEntity('upstream', id)
  const { data } = useEntityList('service', { where: { host: upstream?.name ?? '' }, limit: USED_BY_MAX }, { enabled: upstream !== undefined })
  const items = (data?.items ?? []).map((service) => ({ type: 'service', id: service.id, label: labelOf('service', service), on_delete: 'refuse' as const }))
  return { items, effect: 'These send requests to it and stay, but their requests are answered with an error from the next revision on:' }
}

export function UpstreamPage({ id }: { id: string }) {
  const usedBy = useServicesOf(id)
  return (
    <EntityPage
      type="upstream"
      id={id}
      listHref="/upstreams"
      dependents={() => usedBy}
      tabs={[
        { id: 'targets', title: 'Targets', count: <EntityCount type="target" where={{ upstream: id }} />, render: (upstream) => <Targets upstream={upstream.id} /> },
        {
          id: 'configuration',
          title: 'Configuration',
          render: (upstream) => <EntityForm type="upstream" row={upstream} sections={UPSTREAM_SECTIONS} summary={UPSTREAM_SUMMARY} advice={upstreamAdvice} />,
        },
        {
          id: 'services',
          title: 'Used by',
          count: usedBy.items.length,
          render: (upstream) => (
            <NestedList
              type="service"
              where={{ host: upstream.name }}
              names={SERVICE_NAMES}
              columns={NESTED_SERVICE_COLUMNS}
              empty={{ title: 'No service uses it', text: `A service sends its requests here by having ${upstream.name} as its host.` }}
            />
          ),
        },
      ]}
    />
  )
}
