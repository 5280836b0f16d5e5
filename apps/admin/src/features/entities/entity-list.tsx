'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import { Plus } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Row } from '../../trpc/entities.ts'
import type { Column, Filter } from '../../ui/data-table/columns.ts'
import { DataTable } from '../../ui/data-table/data-table.tsx'
import { isNarrowed, type TableNames } from '../../ui/data-table/table-state.ts'
import { useTableState } from '../../ui/data-table/use-table-state.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useEntitySource } from './use-entity-source.ts'
import { hrefOf, nounOf } from './words.ts'

interface EntityListProps<T extends EntityType> {
  type: T
  title: string
  /** Outside the component, as its identity matters. */
  names: TableNames
  columns: readonly Column<Row<T>>[]
  filters?: readonly Filter[]
  newHref: string
  rowHref?: (row: Row<T>) => string
  isOff?: (row: Row<T>) => boolean
  empty: { title: string; text: string; children?: ReactNode }
}

/** The link to a form that makes a new one; it reads `New service`. */
export function NewLink({ type, href, primary = true }: { type: EntityType; href: string; primary?: boolean }) {
  return (
    <Link className={primary ? 'btn primary' : 'btn'} href={href}>
      <Plus className="i" aria-hidden="true" />
      New {nounOf(type).one}
    </Link>
  )
}

/** The page that lists all entities of a type. */
export function EntityList<T extends EntityType>({ type, title, names, columns, filters, newHref, rowHref, isOff, empty }: EntityListProps<T>) {
  const address = useTableState(names)
  const source = useEntitySource(type, address.state)
  const isEmpty = !source.isLoading && source.problem === null && source.rows.length === 0 && !isNarrowed(address.state)
  return (
    <>
      <div className="ph" style={{ alignItems: 'center', marginBottom: 16 }}>
        <h1>{title}</h1>
        {!isEmpty && (
          <div className="acts">
            <NewLink type={type} href={newHref} />
          </div>
        )}
      </div>
      <DataTable
        noun={nounOf(type)}
        columns={columns}
        source={source}
        address={address}
        filters={filters}
        rowHref={rowHref ?? ((row) => hrefOf(type, row.id) ?? '#')}
        isOff={isOff}
        empty={
          <EmptyState title={empty.title} text={empty.text} action={<NewLink type={type} href={newHref} />}>
            {empty.children}
          </EmptyState>
        }
      />
    </>
  )
}
