'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { announceWritten } from '../entities/receipt.tsx'
import { ChangeList } from './change-list.tsx'
import { PlanView } from './plan-view.tsx'
import { isEmptyPlan } from './plan-words.ts'

/** Shows what a restore would write and, once confirmed, writes it as a new revision. */
export function RestoreDialog({ number, newest, onClose }: { number: number; newest: number; onClose: () => void }) {
  const trpc = useTRPC()
  const differences = useQuery(trpc.revisions.diff.queryOptions({ from: newest, to: number }))
  const router = useRouter()
  const { mutate: preview, data, error } = useMutation(trpc.revisions.restore.mutationOptions())
  const restore = useMutation(trpc.revisions.restore.mutationOptions())
  useEffect(() => preview({ number, dry_run: true }), [preview, number])
  const failure = restore.error ?? error
  const isNothing = data !== undefined && isEmptyPlan(data.plan)
  const confirm = async () => {
    const { revision } = await restore.mutateAsync({ number, dry_run: false }).catch(() => ({ revision: null }))
    if (revision === null) return
    onClose()
    announceWritten({ text: `Restored r${number}`, revision })
    router.push(`/revisions/${revision}`)
  }
  return (
    <Dialog open onOpenChange={onClose} title={`Restore revision ${number}?`} wide>
      <p className="i2">The configuration becomes what it was at r{number}, as a new revision. Revisions in between stay in the history.</p>
      {data === undefined && failure === null && (
        <p className="i2" role="status" style={{ marginTop: 12 }}>
          Working out what changes…
        </p>
      )}
      {isNothing && <p style={{ marginTop: 12 }}>Nothing would change: the configuration is the same now.</p>}
      {data !== undefined && !isNothing && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard.
        <section className="scrolls" tabIndex={0} aria-label="What changes">
          <PlanView plan={data.plan} />
          <h3 className="b" style={{ margin: '20px 0 8px' }}>
            From r{newest} to r{number}
          </h3>
          {differences.data !== undefined && <ChangeList changes={differences.data.changes} />}
        </section>
      )}
      {failure !== null && (
        <div className="note bad" role="alert" style={{ marginTop: 12 }}>
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{readFailure(failure).message}</span>
        </div>
      )}
      <div className="acts">
        <button type="button" className="btn" onClick={onClose}>
          Keep the present one
        </button>
        <button type="button" className="btn primary" disabled={data === undefined || isNothing || restore.isPending} onClick={() => void confirm()}>
          {restore.isPending ? 'Restoring…' : 'Restore'}
        </button>
      </div>
    </Dialog>
  )
}
