'use client'

import { useQuery } from '@tanstack/react-query'
import { CircleCheck, History } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { type FormEvent, useEffect, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { Problem, TableSkeleton } from '../../ui/data-table/table-states.tsx'
import { initials } from '../../ui/format.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useCrumb } from '../shell/crumb.tsx'
import { AckSentence } from './ack-word.tsx'
import { ChangeList } from './change-list.tsx'
import { RestoreDialog } from './restore-dialog.tsx'
import { readRevision, type ShownRevision } from './revision-words.ts'

function Compare({ number, from }: { number: number; from: number }) {
  const router = useRouter()
  const pathname = usePathname()
  const [text, setText] = useState(`r${from}`)
  useEffect(() => setText(`r${from}`), [from])
  const wanted = readRevision(text)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wanted !== null) router.push(wanted === number - 1 ? pathname : `${pathname}?from=${wanted}`, { scroll: false })
  }
  return (
    <form className="row compare" onSubmit={submit}>
      <label htmlFor="compare-from" className="nw">
        Compared with
      </label>
      <div className={wanted === null ? 'in err mono-in' : 'in mono-in'}>
        <input id="compare-from" value={text} onChange={(event) => setText(event.target.value)} inputMode="numeric" autoComplete="off" aria-invalid={wanted === null} />
      </div>
      <button type="submit" className="btn sm" disabled={wanted === null || wanted === from}>
        Compare
      </button>
    </form>
  )
}

/** The changes of the revision itself, or those between it and any other one. */
function useChanges(number: number, from: number) {
  const trpc = useTRPC()
  const isOwn = from === number - 1
  const own = useQuery(trpc.revisions.get.queryOptions({ number }))
  const other = useQuery(trpc.revisions.diff.queryOptions({ from, to: number }, { enabled: !isOwn }))
  return { revision: own, changes: isOwn ? own.data?.changes : other.data?.changes, error: isOwn ? null : other.error, retry: other.refetch }
}

function useFollow(refetch: () => unknown) {
  const { workspace } = useWorkspace()
  const nodes = workspace === null ? '' : `${workspace.nodes_applied} ${workspace.nodes_rejected} ${workspace.nodes_total}`
  useEffect(() => {
    if (nodes !== '') void refetch()
  }, [nodes, refetch])
  return workspace?.revision ?? null
}

interface HeadProps {
  revision: Omit<ShownRevision, 'changes'>
  newest: number | null
  onRestore: () => void
}

function Head({ revision, newest, onRestore }: HeadProps) {
  const { number, author, message, created_at } = revision
  return (
    <div className="ph entity-head">
      <div className="grow">
        <div className="row wrap" style={{ gap: 12 }}>
          <h1>r{number}</h1>
          <span className="i2">{message}</span>
          {number === newest && (
            <span className="chip ok lg">
              <CircleCheck className="i" aria-hidden="true" />
              Newest
            </span>
          )}
        </div>
        <div className="sub row wrap small" style={{ marginTop: 4 }}>
          <span className="ava s" aria-hidden="true">
            {initials(author)}
          </span>
          <span>{author}</span>
          <TimeAgo at={created_at} />
        </div>
      </div>
      {newest !== null && number !== newest && (
        <div className="acts">
          <button type="button" className="btn" onClick={onRestore}>
            <History className="i" aria-hidden="true" />
            Restore this revision…
          </button>
        </div>
      )}
    </div>
  )
}

function Neighbours({ number, newest }: { number: number; newest: number | null }) {
  return (
    <nav className="row" aria-label="Other revisions">
      {number > 1 && (
        <Link className="btn sm ghost" href={`/revisions/${number - 1}`}>
          r{number - 1}
        </Link>
      )}
      {newest !== null && number < newest && (
        <Link className="btn sm ghost" href={`/revisions/${number + 1}`}>
          r{number + 1}
        </Link>
      )}
    </nav>
  )
}

function Missing({ text }: { text: string }) {
  return (
    <section className="card emp">
      <h1>There is no such revision</h1>
      <p>{text}</p>
      <Link className="btn" href="/revisions">
        All revisions
      </Link>
    </section>
  )
}

function Loading({ number }: { number: number }) {
  return (
    <>
      <div className="ph">
        <h1>r{number}</h1>
      </div>
      <TableSkeleton label="the revision" />
    </>
  )
}

function Revision({ number }: { number: number }) {
  const from = readRevision(useSearchParams().get('from')) ?? number - 1
  const { revision, changes, error, retry } = useChanges(number, from)
  const newest = useFollow(revision.refetch)
  const [isRestoring, setIsRestoring] = useState(false)
  useCrumb(`r${number}`)
  const { data } = revision
  if (data === undefined) {
    if (revision.error === null) return <Loading number={number} />
    const failure = readFailure(revision.error)
    if (failure.code === 'NOT_FOUND') return <Missing text={newest === null ? 'Revisions count from 1.' : `The newest one is r${newest}.`} />
    return <Problem title="The revision could not be read" problem={failure} onRetry={() => void revision.refetch()} />
  }
  return (
    <>
      <Head revision={data} newest={newest} onRestore={() => setIsRestoring(true)} />
      <section className="card">
        <div className="body row between wrap ackb">
          <AckSentence revision={data} />
        </div>
        <div className="body">
          <div className="row between wrap" style={{ marginBottom: 16 }}>
            <Compare number={number} from={from} />
            <Neighbours number={number} newest={newest} />
          </div>
          {error !== null ? (
            <Problem title="They could not be compared" problem={readFailure(error)} onRetry={() => void retry()} />
          ) : changes === undefined ? (
            <p className="i2" role="status">
              Comparing…
            </p>
          ) : (
            <ChangeList changes={changes} />
          )}
        </div>
        <footer>
          <span className="hash">
            Content hash <span className="mono">{data.content_hash}</span>
          </span>
        </footer>
      </section>
      {isRestoring && newest !== null && <RestoreDialog number={number} newest={newest} onClose={() => setIsRestoring(false)} />}
    </>
  )
}

/** One revision: who made it, how far it came, what it changed or how it differs from any other (`?from=`), and the way back to it. */
export function RevisionPage({ number }: { number: string }) {
  const read = readRevision(number)
  return read === null ? <Missing text={`A revision is a number; “${number}” is none.`} /> : <Revision number={read} />
}
