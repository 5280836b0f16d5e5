'use client'

import { useQuery } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { Check, CircleX, Hourglass, Info } from 'lucide-react'
import Link from 'next/link'
import { useTRPC } from '../../trpc/client.ts'
import { marksOf, type ShownNode } from './node-words.ts'

/** From this many nodes on single marks are too narrow to read. */
const MARKS_MAX = 40
const ICONS = { applied: Check, rejected: CircleX, waiting: Hourglass } as const

/** How far the newest revision has come. */
export function RevisionCard({ revision, nodes }: { revision: number; nodes: readonly ShownNode[] }) {
  const trpc = useTRPC()
  const details = useQuery(trpc.revisions.get.queryOptions({ number: revision }))
  const { data: state } = useSubscription(trpc.revisions.applied.subscriptionOptions({ number: revision }))
  const marks = marksOf(nodes)
  const count = (mark: string) => marks.filter((entry) => entry.mark === mark).length
  const [applied, rejected, waiting] = [count('applied'), count('rejected'), count('waiting')]
  const ms = state?.number === revision && state.applied > 0 ? state.ms : null
  return (
    <section className="card" aria-label="The newest revision">
      <header>
        <h2>r{revision}</h2>
        <span className="i2 trunc">{details.data?.message ?? ''}</span>
        <div className="end">
          <Link className="btn sm" href={`/revisions/${revision}`}>
            Changes
          </Link>
        </div>
      </header>
      <div className="body">
        <div className="row between wrap" style={{ marginBottom: 10 }}>
          <span>
            <b className="fig">{applied}</b>{' '}
            <span className="i2">
              of {marks.length} applied{ms === null || applied < marks.length ? '' : ` in ${ms.toLocaleString('en')} ms`}
            </span>
          </span>
          <span className="row" style={{ gap: 16 }}>
            {rejected > 0 && (
              <span className="word t-bad">
                <CircleX className="i" aria-hidden="true" />
                {rejected} rejected
              </span>
            )}
            {waiting > 0 && (
              <span className="word i2">
                <Hourglass className="i" aria-hidden="true" />
                {waiting} waiting
              </span>
            )}
          </span>
        </div>
        {marks.length <= MARKS_MAX && (
          <div className="ack" aria-hidden="true">
            {marks.map(({ id, mark, title }) => {
              const Icon = ICONS[mark]
              return (
                <i key={id} title={title} className={mark === 'rejected' ? 'bad' : mark === 'waiting' ? 'wait' : undefined}>
                  <Icon className="i" />
                </i>
              )
            })}
          </div>
        )}
      </div>
      <footer>
        <Info className="i s" aria-hidden="true" />
        <span>A node that rejects a revision keeps its last good one.</span>
      </footer>
    </section>
  )
}
