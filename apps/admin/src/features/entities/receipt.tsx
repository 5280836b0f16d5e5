'use client'

import { useSubscription } from '@trpc/tanstack-react-query'
import { Check, TriangleAlert, X } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { type Applied, appliedText, isRejected } from './applied.ts'

const STAYS_MS = 6_000
/** A write that can be taken back leaves this much time for it. */
const UNDO_MS = 10_000

interface Written {
  /** What was done, such as `Saved` or `Deleted upstream inventory`. */
  text: string
  revision: number
  /** Takes it back; the receipt of that is announced by who does it. */
  undo?: () => Promise<unknown>
}

function Receipt({ id, text, revision, undo }: Written & { id: string | number }) {
  const trpc = useTRPC()
  const [state, setState] = useState<Applied | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useSubscription(trpc.revisions.applied.subscriptionOptions({ number: revision }, { onData: (next: Applied) => setState(next) }))
  const takeBack = () => {
    undo?.().then(
      () => toast.dismiss(id),
      (error: unknown) => setFailed(readFailure(error).message),
    )
  }
  const rejected = isRejected(state)
  return (
    <div className="receipt">
      {rejected || failed !== null ? <TriangleAlert className="i t-bad" aria-hidden="true" /> : <Check className="i t-ok" aria-hidden="true" />}
      <span className="grow">
        <span className="b">
          {text} as r{revision}
        </span>
        <span className="i2"> · {failed === null ? appliedText(state) : `not undone: ${failed}`}</span>
        {rejected && (
          <>
            {' '}
            <Link className="link" href="/nodes">
              See why
            </Link>
          </>
        )}
      </span>
      {undo !== undefined && failed === null && (
        <button type="button" className="btn sm" onClick={takeBack}>
          Undo
        </button>
      )}
      <button type="button" className="btn ghost ico sm" aria-label="Dismiss" onClick={() => toast.dismiss(id)}>
        <X className="i s" aria-hidden="true" />
      </button>
    </div>
  )
}

/** Tells what was written and follows it to the nodes: "Saved as r12 · applied by 2 of 2 nodes in 41 ms". */
export function announceWritten(written: Written): void {
  toast.custom((id) => <Receipt id={id} {...written} />, { duration: written.undo === undefined ? STAYS_MS : UNDO_MS })
}

/** Tells a result that has no revision, such as "Copied". */
export function announce(text: string): void {
  toast.custom(() => (
    <div className="receipt">
      <Check className="i t-ok" aria-hidden="true" />
      <span className="grow">{text}</span>
    </div>
  ))
}

/** Tells that something was not done, and why. */
export function announceProblem(text: string): void {
  toast.custom(() => (
    <div className="receipt">
      <TriangleAlert className="i t-bad" aria-hidden="true" />
      <span className="grow">{text}</span>
    </div>
  ))
}
