'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import { useMemo } from 'react'
import type { Row } from '../../trpc/entities.ts'
import type { Column } from '../../ui/data-table/columns.ts'
import { DataTable } from '../../ui/data-table/data-table.tsx'
import { isNarrowed, type TableNames } from '../../ui/data-table/table-state.ts'
import { useTableState } from '../../ui/data-table/use-table-state.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { NewLink } from './entity-list.tsx'
import { useEntitySource } from './use-entity-source.ts'
import { hrefOf, nounOf } from './words.ts'

interface NestedListProps<T extends EntityType> {
  type: T
  /** What the list is narrowed to, whatever its search says. */
  where: Record<string, string>
  names: TableNames
  columns: readonly Column<Row<T>>[]
  /** Without it nothing is made here. */
  newHref?: string
  empty: { title: string; text: string }
}

/** The entities of a type that belong to another one, as a tab of its page. Search and sorting are in the address, beside the tab. */
export function NestedList<T extends EntityType>({ type, where, names, columns, newHref, empty }: NestedListProps<T>) {
  const address = useTableState(names)
  const source = useEntitySource(type, address.state, where)
  const filters = useMemo(() => names.filters.map((name) => ({ name })), [names])
  const isEmpty = !source.isLoading && source.problem === null && source.rows.length === 0 && !isNarrowed(address.state)
  return (
    <>
      {newHref !== undefined && !isEmpty && (
        <div className="row" style={{ justifyContent: 'flex-end', marginBottom: 12 }}>
          <NewLink type={type} href={newHref} primary={false} />
        </div>
      )}
      <DataTable
        noun={nounOf(type)}
        columns={columns}
        source={source}
        address={address}
        filters={filters}
        rowHref={(row) => hrefOf(type, row.id) ?? '#'}
        empty={<EmptyState title={empty.title} text={empty.text} action={newHref === undefined ? undefined : <NewLink type={type} href={newHref} />} />}
      />
    </>
  )
}
