'use client'

import { ArrowRight, type LucideIcon, Minus, Pencil, Plus } from 'lucide-react'
import Link from 'next/link'
import { EntityName } from '../entities/entity-name.tsx'
import { hrefOf, nounOf } from '../entities/words.ts'
import { countsOf, type FieldChange, type PresentedChange, presentChange, type ShownChange, type Side } from './change-words.ts'

const OPS: Record<PresentedChange['op'], { word: string; icon: LucideIcon; className: string }> = {
  create: { word: 'Added', icon: Plus, className: 'op add' },
  update: { word: 'Changed', icon: Pencil, className: 'op chg' },
  delete: { word: 'Removed', icon: Minus, className: 'op del' },
}

/** A revision may touch thousands of entities; more than these are counted, not drawn. */
const SHOWN_MAX = 200

function Value({ side, isSecretChange }: { side: Side; isSecretChange: boolean }) {
  if (side.kind === 'none') return <span className="i3">not set</span>
  if (side.kind === 'secret') return <span className="i2">{isSecretChange ? 'secret, changed' : 'secret'}</span>
  if (side.kind === 'reference') return <EntityName type={side.type} id={side.id} link />
  if (side.kind === 'list') {
    if (side.texts.length === 0) return <span className="i3">none</span>
    return <>{side.texts.join(', ')}</>
  }
  return <>{side.text}</>
}

function FieldLine({ field, op }: { field: FieldChange; op: PresentedChange['op'] }) {
  const isSecretChange = op === 'update' && field.after.kind === 'secret'
  return (
    <tr>
      <th scope="row" className="k">
        {field.path}
      </th>
      {op === 'update' && !isSecretChange && (
        <td className="fr0">
          <Value side={field.before} isSecretChange={false} />
          <ArrowRight className="i s ar" aria-label="becomes" />
        </td>
      )}
      <td className="to0" colSpan={op === 'update' && !isSecretChange ? 1 : 2}>
        <Value side={op === 'delete' ? field.before : field.after} isSecretChange={isSecretChange} />
      </td>
    </tr>
  )
}

function Entry({ change }: { change: PresentedChange }) {
  const { word, icon: Icon, className } = OPS[change.op]
  const noun = nounOf(change.type).one
  const href = change.op === 'delete' ? null : hrefOf(change.type, change.id)
  return (
    <article className="ent" aria-label={`${word} ${noun} ${change.label}`}>
      <header>
        <span className={className}>
          <Icon className="i s" aria-hidden="true" />
          {word}
        </span>
        <span className="i2">{noun}</span>
        {href === null ? (
          <b className="sb trunc">{change.label}</b>
        ) : (
          <Link className="sb link trunc" href={href}>
            {change.label}
          </Link>
        )}
      </header>
      {change.fields.length > 0 && (
        <table>
          <tbody>
            {change.fields.map((field) => (
              <FieldLine key={field.path} field={field} op={change.op} />
            ))}
          </tbody>
        </table>
      )}
      {change.defaults > 0 && (
        <p className="rest">
          {change.fields.length > 0 ? 'and ' : ''}
          {change.defaults} {change.defaults === 1 ? 'field' : 'fields'} with the default
        </p>
      )}
    </article>
  )
}

/** What differs between two revisions, entity by entity and field by field. */
export function ChangeList({ changes }: { changes: readonly ShownChange[] }) {
  const { added, changed, removed } = countsOf(changes)
  if (changes.length === 0) return <p className="i2">Nothing differs.</p>
  return (
    <>
      <div className="row wrap" style={{ marginBottom: 12, gap: 16 }}>
        <span className="lab">{changes.length === 1 ? '1 change' : `${changes.length.toLocaleString('en')} changes`}</span>
        <span className="small i3 row" style={{ gap: 12 }}>
          <span>{added} added</span>
          <span>{changed} changed</span>
          <span>{removed} removed</span>
        </span>
      </div>
      {changes.slice(0, SHOWN_MAX).map((change) => (
        <Entry key={`${change.type} ${change.id}`} change={presentChange(change)} />
      ))}
      {changes.length > SHOWN_MAX && <p className="i2">and {(changes.length - SHOWN_MAX).toLocaleString('en')} more.</p>}
    </>
  )
}
