'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import { Trash2, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { type FormEvent, type ReactNode, useState } from 'react'
import { type Row, useDependents, useRemove } from '../../trpc/entities.ts'
import { type Dependent, readFailure } from '../../trpc/failure.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { announceWritten } from './receipt.tsx'
import { hrefOf, listDependents, nounOf } from './words.ts'

export interface DeleteEntityProps<T extends EntityType> {
  type: T
  row: Row<T>
  label: string
  onDeleted?: () => void
  /** What depends on it in a way that no reference says, such as services that name an upstream as their host; and what will happen to it. */
  more?: { items: readonly Dependent[]; effect: string }
  /** Replaces the button "Delete service…"; gets what opens the question. */
  trigger?: (open: () => void) => ReactNode
}

const SHOWN_MAX = 8

function DependentList({ items }: { items: readonly Dependent[] }) {
  return (
    <ul className="dependents">
      {items.slice(0, SHOWN_MAX).map((item) => {
        const href = hrefOf(item.type, item.id)
        return (
          <li key={`${item.type} ${item.id}`}>
            <span className="i3">{nounOf(item.type as EntityType).one}</span>{' '}
            {href === null ? (
              <span>{item.label}</span>
            ) : (
              <Link className="link" href={href}>
                {item.label ?? item.id}
              </Link>
            )}
          </li>
        )
      })}
      {items.length > SHOWN_MAX && <li className="i3">and {items.length - SHOWN_MAX} more</li>}
    </ul>
  )
}

/** What goes with it, what stands in the way, and what would go on without it. */
function Consequences({ noun, items, more }: { noun: string; items: readonly Dependent[]; more: DeleteEntityProps<EntityType>['more'] }) {
  const parents = items.filter((item) => item.on_delete === 'refuse')
  const children = items.filter((item) => item.on_delete === 'cascade')
  return (
    <>
      {parents.length > 0 && (
        <>
          <p>
            {listDependents(parents)} {parents.length === 1 ? 'belongs' : 'belong'} to this {noun}. Move {parents.length === 1 ? 'it' : 'them'} first to keep{' '}
            {parents.length === 1 ? 'it' : 'them'}; otherwise {parents.length === 1 ? 'it is' : 'they are'} deleted too, with what hangs on {parents.length === 1 ? 'it' : 'them'}.
          </p>
          <DependentList items={parents} />
        </>
      )}
      {children.length > 0 && (
        <>
          <p>{children.length === 1 ? 'This is deleted with it:' : `These ${children.length} are deleted with it:`}</p>
          <DependentList items={children} />
        </>
      )}
      {more !== undefined && more.items.length > 0 && (
        <>
          <p>{more.effect}</p>
          <DependentList items={more.items} />
        </>
      )}
    </>
  )
}

function Question<T extends EntityType>({ type, row, label, more, onDeleted, onClose }: DeleteEntityProps<T> & { onClose: () => void }) {
  const noun = nounOf(type).one
  const dependents = useDependents(type, row.id, { enabled: true })
  const remove = useRemove(type)
  const [typed, setTyped] = useState('')
  const items = dependents.data?.items ?? []
  const needsName = items.length > 0 || (more?.items.length ?? 0) > 0
  const failure = remove.error === null ? (dependents.error === null ? null : readFailure(dependents.error)) : readFailure(remove.error)
  const isReady = dependents.data !== undefined && (!needsName || typed.trim() === label)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    if (!isReady) return
    const { revision } = await remove.mutateAsync({ id: row.id, revision: row.revision, cascade: items.length > 0 }).catch(() => ({ revision: null }))
    if (revision === null) return
    onClose()
    announceWritten({ text: `Deleted ${noun} ${label}`, revision })
    onDeleted?.()
  }
  return (
    <form onSubmit={submit} className="stack g12">
      {dependents.isPending && <p className="i2">Looking for what depends on it…</p>}
      {dependents.data !== undefined && !needsName && <p className="i2">Nothing depends on it. It can be brought back from the revisions.</p>}
      <Consequences noun={noun} items={items} more={more} />
      {needsName && <TextField label={`Type ${label} to confirm`} name="confirm" value={typed} onChange={setTyped} autoComplete="off" />}
      {failure !== null && (
        <p className="note bad" role="alert">
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{failure.message}</span>
        </p>
      )}
      <div className="acts">
        <button type="button" className="btn" onClick={onClose}>
          Keep it
        </button>
        <button type="submit" className="btn danger solid" disabled={!isReady || remove.isPending}>
          {remove.isPending ? 'Deleting…' : `Delete ${noun}`}
        </button>
      </div>
    </form>
  )
}

/** The button that deletes an entity. It asks first, shows what depends on the entity, and then wants its name. */
export function DeleteEntity<T extends EntityType>(props: DeleteEntityProps<T>) {
  const [open, setOpen] = useState(false)
  const noun = nounOf(props.type).one
  return (
    <>
      {props.trigger?.(() => setOpen(true)) ?? (
        <button type="button" className="btn danger" onClick={() => setOpen(true)}>
          <Trash2 className="i" aria-hidden="true" />
          Delete {noun}…
        </button>
      )}
      <Dialog open={open} onOpenChange={setOpen} title={`Delete ${noun} ${props.label}?`}>
        <Question {...props} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}
