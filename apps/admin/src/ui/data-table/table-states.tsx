'use client'

import { RefreshCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLater } from '../use-later.ts'
import type { Filter, Noun, TableSource } from './columns.ts'
import { type TableState, withoutFilter } from './table-state.ts'
import type { TableAddress } from './use-table-state.ts'
import { conditionsOf, noResultText } from './words.ts'

const SKELETON_ROWS = ['62%', '44%', '70%', '52%', '58%', '40%']

/** Grey rows in the shape of what comes, once it takes long enough to be noticed. */
export function TableSkeleton({ label }: { label: string }) {
  const late = useLater(true)
  return (
    <div className="card skel-list" aria-busy="true">
      <span className="sr" role="status">
        {late ? `Loading ${label}` : ''}
      </span>
      {SKELETON_ROWS.map((width) => (
        <div className="skel-line" key={width} style={{ visibility: late ? 'visible' : 'hidden' }}>
          <span className="skel" style={{ width: `calc(${width} / 3)` }} />
          <span className="skel" style={{ width }} />
        </div>
      ))}
    </div>
  )
}

/** An answer that did not come: why, under which id the log has it, and the way to ask again. */
export function Problem({ title, problem, onRetry }: { title: string; problem: NonNullable<TableSource<unknown>['problem']>; onRetry: () => void }) {
  return (
    <section className="card emp" role="alert">
      <TriangleAlert className="i t-bad" aria-hidden="true" />
      <h2>{title}</h2>
      <p>{problem.message}</p>
      <button type="button" className="btn" onClick={onRetry}>
        <RefreshCw className="i" aria-hidden="true" />
        Try again
      </button>
      {problem.requestId !== null && (
        <p className="small i3">
          Request <code>{problem.requestId}</code>
        </p>
      )}
    </section>
  )
}

/** Nothing has all that was asked for: each condition can be taken away by itself. */
export function NoResult({ noun, address, filters }: { noun: Noun; address: TableAddress; filters: readonly Filter[] }) {
  const { state, show } = address
  const conditions = conditionsOf(state, (_, value) => value)
  const remove = (name: string | null): TableState => (name === null ? { ...state, q: '' } : withoutFilter(state, name))
  const shownAs = (name: string): ReactNode => filters.find((filter) => filter.name === name)?.render?.(state.filters[name] ?? '') ?? state.filters[name]
  const isReadable = filters.every((filter) => filter.render === undefined || state.filters[filter.name] === undefined)
  return (
    <section className="card emp" role="status">
      <h2>Nothing found</h2>
      <p>{isReadable ? noResultText(noun, conditions) : `No ${noun.one} meets all of these conditions.`}</p>
      <div className="row wrap" style={{ justifyContent: 'center' }}>
        {conditions.map((condition) => (
          <button type="button" className="btn" key={condition.name ?? ''} onClick={() => show(remove(condition.name))}>
            Remove{' '}
            {condition.name === null ? (
              condition.text
            ) : (
              <span>
                {condition.name}: {shownAs(condition.name)}
              </span>
            )}
          </button>
        ))}
        {conditions.length > 1 && (
          <button type="button" className="btn ghost" onClick={() => show({ ...state, q: '', filters: {} })}>
            Clear all
          </button>
        )}
      </div>
    </section>
  )
}
