'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { EntityType } from '@sluice/shared/entities/registry'
import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import type { ReactNode } from 'react'
import { type Row, useEntity } from '../../trpc/entities.ts'
import { type Failure, readFailure } from '../../trpc/failure.ts'
import { Problem } from '../../ui/data-table/table-states.tsx'
import { formatAge } from '../../ui/format.ts'
import { useLater } from '../../ui/use-later.ts'
import { useCrumb } from '../shell/crumb.tsx'
import { DeleteEntity, type DeleteEntityProps } from './delete-entity.tsx'
import { chosenTab, tabHref } from './tabs.ts'
import { nounOf } from './words.ts'

export interface Tab<T extends EntityType> {
  id: string
  title: string
  /** Stands after the title, such as a number. */
  count?: ReactNode
  /** A page of its own instead of a tab. */
  href?: string
  render?: (row: Row<T>) => ReactNode
}

interface EntityPageProps<T extends EntityType> {
  type: T
  id: string
  listHref: string
  /** Only those that work; the first one is shown without a word in the address. */
  tabs: readonly Tab<T>[]
  /** One line under the name. */
  sub?: (row: Row<T>) => ReactNode
  /** Chips beside the name. */
  chips?: (row: Row<T>) => ReactNode
  /** Buttons left of Delete. */
  actions?: (row: Row<T>) => ReactNode
  titleOf?: (row: Row<T>) => string
  /** For what the registry's references do not say. */
  dependents?: (row: Row<T>) => DeleteEntityProps<T>['more']
}

function Waiting() {
  const late = useLater(true)
  return (
    <div aria-busy="true" style={{ visibility: late ? 'visible' : 'hidden' }}>
      <span className="sr" role="status">
        {late ? 'Loading' : ''}
      </span>
      <span className="skel" style={{ width: 220, height: 24, marginBottom: 24 }} />
      <span className="skel" style={{ width: '100%', height: 280 }} />
    </div>
  )
}

function Missing({ type, failure, listHref, onRetry }: { type: EntityType; failure: Failure; listHref: string; onRetry: () => void }) {
  const noun = nounOf(type)
  if (failure.code !== 'NOT_FOUND' && failure.code !== 'BAD_REQUEST') return <Problem title={`This ${noun.one} could not be read`} problem={failure} onRetry={onRetry} />
  return (
    <section className="card emp">
      <h1>There is no such {noun.one}</h1>
      <p>It may have been deleted. Its history is kept in the revisions.</p>
      <div className="row wrap">
        <Link className="btn" href={listHref}>
          All {noun.many}
        </Link>
        <Link className="btn ghost" href="/revisions">
          Revisions
        </Link>
      </div>
    </section>
  )
}

function Tabs<T extends EntityType>({ tabs, current }: { tabs: readonly Tab<T>[]; current: Tab<T> | null }) {
  const pathname = usePathname()
  return (
    <nav className="tabs" aria-label="Parts of this page">
      {tabs.map((tab) => (
        <Link key={tab.id} href={tab.href ?? tabHref(pathname, tabs, tab.id)} aria-current={tab === current ? 'page' : undefined} scroll={false}>
          {tab.title}
          {tab.count !== undefined && <span className="n">{tab.count}</span>}
        </Link>
      ))}
    </nav>
  )
}

/**
 * The page of one entity: name, facts, tabs in the address, Delete.
 *
 * Use: `<EntityPage type="consumer" id={id} listHref="/consumers" tabs={[{ id: 'configuration', title: 'Configuration', render: (row) =>
 * <EntityForm type="consumer" row={row} /> }]} />`. A list page is `EntityList`, a page for a new one `NewEntity`, both with `EntityForm` inside;
 * `DeleteEntity` is the button with its question and `announceWritten` the receipt, for places of their own (rows of a nested list).
 */
export function EntityPage<T extends EntityType>({ type, id, listHref, tabs, sub, chips, actions, titleOf, dependents }: EntityPageProps<T>) {
  const router = useRouter()
  const { data: row, error, refetch } = useEntity(type, id)
  const wanted = useSearchParams().get('tab')
  const label = row === undefined ? null : (titleOf?.(row) ?? labelOf(type, row))
  useCrumb(label)
  if (row === undefined || label === null)
    return error === null ? <Waiting /> : <Missing type={type} failure={readFailure(error)} listHref={listHref} onRetry={() => void refetch()} />
  const current = chosenTab(
    tabs.filter((tab) => tab.render !== undefined),
    wanted,
  )
  return (
    <>
      <div className="ph entity-head">
        <div className="grow">
          <div className="row wrap" style={{ gap: 12 }}>
            <h1>{label}</h1>
            {chips?.(row)}
          </div>
          <div className="sub row wrap">
            {sub?.(row)}
            <span className="i3 small" title={new Date(row.updated_at).toLocaleString('en')}>
              r{row.revision}, {formatAge(new Date(row.updated_at), new Date())}
              {row.updated_by === null ? '' : ` by ${row.updated_by}`}
            </span>
          </div>
        </div>
        <div className="acts">
          {actions?.(row)}
          <DeleteEntity type={type} row={row} label={label} more={dependents?.(row)} onDeleted={() => router.push(listHref)} />
        </div>
      </div>
      <Tabs tabs={tabs} current={current} />
      {current?.render?.(row)}
    </>
  )
}
