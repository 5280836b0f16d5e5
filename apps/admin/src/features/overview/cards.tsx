'use client'

import { Check, CircleX, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { useEntityList } from '../../trpc/entities.ts'
import { initials } from '../../ui/format.ts'
import { SlatBar } from '../../ui/slats/slat-bar.tsx'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { AckWord } from '../revisions/ack-word.tsx'
import type { ShownRevision } from '../revisions/revision-words.ts'
import type { Concern } from './attention.ts'
import { type CanaryRow, canaryRows } from './canary-rows.ts'
import type { Step } from './first-steps.ts'

const LISTED_MAX = 500

/** What a person should look at. */
export function NeedsAttention({ concerns, calm }: { concerns: readonly Concern[]; calm: string }) {
  return (
    <section className="card need" aria-labelledby="need-title">
      <header>
        <h2 id="need-title">Needs attention</h2>
        <div className="end">{concerns.length}</div>
      </header>
      {concerns.length === 0 ? (
        <p className="li i2">
          <Check className="i t-ok" aria-hidden="true" />
          {calm}
        </p>
      ) : (
        <ul>
          {concerns.map(({ id, tone, title, text, since }) => (
            <li key={id} className="li al">
              {tone === 'bad' ? <CircleX className="i t-bad" aria-label="Fault" /> : <TriangleAlert className="i t-warn" aria-label="Warning" />}
              <span className="grow">
                <Link className="b" href="/nodes">
                  {title}
                </Link>
                <span className="why">{text}</span>
              </span>
              {since !== null && (
                <span className="i3 small">
                  <TimeAgo at={since} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function CanaryLine({ row }: { row: CanaryRow }) {
  const { name, from, to, percentage, mode, enabled, href } = row
  return (
    <li className="li ro">
      <span className="who-for">
        <Link className="b" href={href}>
          {name}
        </Link>
        <span className="small i3 trunc">
          {from} → {to}
        </span>
      </span>
      {percentage !== null && enabled && <SlatBar percentage={percentage} label={`Canary of ${name}`} />}
      <span className="num b nw">{percentage === null ? 'by group' : enabled ? `${formatWeight(percentage)} %` : 'switched off'}</span>
      {mode === 'ramp' && <span className="small i3">rising</span>}
    </li>
  )
}

/** Every canary with its share. */
export function Canaries({ second }: { second: number }) {
  const plugins = useEntityList('plugin', { where: { name: 'canary' }, limit: LISTED_MAX })
  const services = useEntityList('service', { limit: LISTED_MAX })
  const rows = canaryRows(plugins.data?.items ?? [], services.data?.items ?? [], second)
  return (
    <section className="card" aria-labelledby="canaries-title">
      <header>
        <h2 id="canaries-title">Canaries</h2>
        <div className="end">{rows.length === 0 ? '' : rows.length}</div>
      </header>
      {rows.length === 0 ? (
        <p className="none">
          {plugins.isPending ? '' : 'No canary yet. Start one on the Canary tab of a '}
          {!plugins.isPending && (
            <Link className="link" href="/services">
              service
            </Link>
          )}
          {plugins.isPending ? '' : '.'}
        </p>
      ) : (
        <ul>
          {rows.map((row) => (
            <CanaryLine key={row.id} row={row} />
          ))}
        </ul>
      )}
    </section>
  )
}

/** The last revisions: who, what, on how many nodes. */
export function LastChanges({ revisions }: { revisions: readonly ShownRevision[] }) {
  return (
    <section className="card" aria-labelledby="changes-title">
      <header>
        <h2 id="changes-title">Last changes</h2>
        <div className="end">
          <Link className="btn sm" href="/revisions">
            Revisions
          </Link>
        </div>
      </header>
      {revisions.length === 0 ? (
        <p className="none">Nothing has been changed yet. Every change becomes a revision that can be looked at and restored.</p>
      ) : (
        <ul>
          {revisions.map((revision) => (
            <li key={revision.number} className="li chl">
              <span className="ava s" aria-hidden="true">
                {initials(revision.author)}
              </span>
              <span className="grow trunc">
                <b className="b">{revision.author}</b> {revision.message}
              </span>
              <AckWord revision={revision} />
              <Link className="link mono" href={`/revisions/${revision.number}`}>
                r{revision.number}
              </Link>
              <span className="i3 small nw">
                <TimeAgo at={revision.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The way to the first request, while something of it is missing. */
export function FirstSteps({ steps }: { steps: readonly Step[] }) {
  const next = steps.find((step) => !step.isDone)
  return (
    <section className="card" aria-labelledby="steps-title">
      <header>
        <h2 id="steps-title">First steps</h2>
        <div className="end">
          {steps.filter((step) => step.isDone).length} of {steps.length} done
        </div>
      </header>
      <ol className="stp steps">
        {steps.map((step, index) => (
          <li key={step.title} className={step.isDone ? 'done' : step === next ? 'now' : undefined}>
            <span className="sn">{step.isDone ? <Check className="i s" aria-label="Done" /> : index + 1}</span>
            <span className="grow">
              <span className="b">{step.title}</span>
              <span className="why">{step.text}</span>
              {!step.isDone && (
                <Link className={step === next ? 'btn primary' : 'btn'} href={step.href}>
                  {step.action}
                </Link>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
