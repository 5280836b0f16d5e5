'use client'

import { TriangleAlert } from 'lucide-react'
import { useEntityList } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { Problem, TableSkeleton } from '../../ui/data-table/table-states.tsx'
import { NewTarget } from './new-target.tsx'
import { sharesOf, targetsWarning } from './shares.ts'
import { TargetRow } from './target-row.tsx'

/** The API's largest page. Shares of a longer list would need all of it. */
const TARGETS_MAX = 500

/** The targets of an upstream with the share that each weight makes. */
export function Targets({ upstream }: { upstream: string }) {
  const { data, error, isPending, refetch } = useEntityList('target', { where: { upstream }, sort: { field: 'target', order: 'asc' }, limit: TARGETS_MAX })
  if (error !== null) {
    const { message, requestId } = readFailure(error)
    return <Problem title="The targets could not be read" problem={{ message, requestId }} onRetry={() => void refetch()} />
  }
  if (isPending) return <TableSkeleton label="targets" />
  const shares = sharesOf(data.items)
  const warning = targetsWarning(data.items)
  return (
    <section className="card" aria-labelledby="targets-title">
      <header>
        <h2 id="targets-title">Targets</h2>
        <span className="end">{data.total > TARGETS_MAX ? `the first ${TARGETS_MAX} of ${data.total.toLocaleString('en')}; shares count these only` : 'weighted round-robin'}</span>
      </header>
      {warning !== null && (
        <p className="note warn" style={{ margin: '16px 20px' }} role="status">
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{warning}</span>
        </p>
      )}
      {data.items.length === 0 ? (
        <p className="i2" style={{ padding: '16px 20px' }}>
          No targets yet. Requests for this upstream are answered with 503 until it has one.
        </p>
      ) : (
        <div className="lst">
          <table className="targets" aria-label="Targets">
            <thead>
              <tr>
                <th scope="col">Target</th>
                <th scope="col">Weight</th>
                <th scope="col">Share</th>
                <th scope="col">
                  <span className="sr">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((target) => (
                <TargetRow key={target.id} target={target} share={shares.get(target.id) ?? 0} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NewTarget upstream={upstream} />
    </section>
  )
}
