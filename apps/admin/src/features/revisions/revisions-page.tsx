'use client'

import { useQuery } from '@tanstack/react-query'
import { Download, Upload } from 'lucide-react'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { Problem, TableSkeleton } from '../../ui/data-table/table-states.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { initials } from '../../ui/format.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { ExportButton } from '../import-export/export-button.tsx'
import { useCrumb } from '../shell/crumb.tsx'
import { AckWord } from './ack-word.tsx'
import { readRevision, type ShownRevision } from './revision-words.ts'

const PAGE = 50

function Row({ revision }: { revision: ShownRevision }) {
  return (
    <tr>
      <td>
        <Link className="b mono" href={`/revisions/${revision.number}`} prefetch={false}>
          r{revision.number}
        </Link>
      </td>
      <td data-title="What">
        <span className="trunc wide">{revision.message}</span>
      </td>
      <td className="num" data-title="Changes">
        {revision.changes.toLocaleString('en')}
      </td>
      <td data-title="Applied by">
        <AckWord revision={revision} />
      </td>
      <td data-title="Author">
        <span className="row" style={{ gap: 6 }}>
          <span className="ava s" aria-hidden="true">
            {initials(revision.author)}
          </span>
          {revision.author}
        </span>
      </td>
      <td data-title="When">
        <TimeAgo at={revision.created_at} />
      </td>
    </tr>
  )
}

function Table({ items }: { items: readonly ShownRevision[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Revision</th>
          <th scope="col">What</th>
          <th scope="col" className="num">
            Changes
          </th>
          <th scope="col">Applied by</th>
          <th scope="col">Author</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {items.map((revision) => (
          <Row key={revision.number} revision={revision} />
        ))}
      </tbody>
    </table>
  )
}

/** Acknowledgements arrive without a new revision, so the first page follows the nodes too. */
function useRevisions(before: number | null) {
  const trpc = useTRPC()
  const { workspace } = useWorkspace()
  const query = useQuery(trpc.revisions.list.queryOptions({ limit: PAGE, ...(before === null ? {} : { cursor: before }) }))
  const { refetch } = query
  const nodes = workspace === null ? '' : `${workspace.nodes_applied} ${workspace.nodes_rejected} ${workspace.nodes_total}`
  useEffect(() => {
    if (nodes !== '') void refetch()
  }, [nodes, refetch])
  return query
}

function Actions() {
  return (
    <div className="acts">
      <ExportButton>
        <Download className="i" aria-hidden="true" />
        Export
      </ExportButton>
      <Link className="btn" href="/revisions/import">
        <Upload className="i" aria-hidden="true" />
        Import…
      </Link>
    </div>
  )
}

/** Every revision, newest first; `?before=` pages back. */
export function RevisionsPage() {
  const before = readRevision(useSearchParams().get('before'))
  const { data, error, refetch } = useRevisions(before)
  useCrumb(null)
  return (
    <>
      <div className="ph" style={{ alignItems: 'center' }}>
        <h1>Revisions</h1>
        <Actions />
      </div>
      {data === undefined ? (
        error === null ? (
          <TableSkeleton label="revisions" />
        ) : (
          <Problem title="The revisions could not be read" problem={readFailure(error)} onRetry={() => void refetch()} />
        )
      ) : data.items.length === 0 && before === null ? (
        <EmptyState title="No revisions yet" text="Every change to the configuration makes one. Each can be compared with any other and restored." />
      ) : (
        <section className="card lst revisions" aria-label="List of revisions">
          <Table items={data.items} />
          {(before !== null || data.next !== null) && (
            <nav className="pager" aria-label="Pages">
              {before !== null && (
                <Link className="btn sm" href="/revisions">
                  Newest
                </Link>
              )}
              {data.next !== null && (
                <Link className="btn sm" href={`/revisions?before=${data.next}`}>
                  Older
                </Link>
              )}
              {data.items.length === 0 && <span>There are none before r{before}.</span>}
            </nav>
          )}
        </section>
      )}
    </>
  )
}
