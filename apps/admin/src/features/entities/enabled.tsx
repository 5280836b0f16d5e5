'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import { Check, CircleCheck, Power } from 'lucide-react'
import { type Row, useUpdate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { announceProblem, announceWritten } from './receipt.tsx'

/** The state in a table: icon and word. */
export function EnabledWord({ enabled }: { enabled: boolean }) {
  const Icon = enabled ? Check : Power
  return (
    <span className={enabled ? 'word i2' : 'word i3'}>
      <Icon className="i" aria-hidden="true" />
      {enabled ? 'Enabled' : 'Disabled'}
    </span>
  )
}

/** The state beside a heading. */
export function EnabledChip({ enabled }: { enabled: boolean }) {
  const Icon = enabled ? CircleCheck : Power
  return (
    <span className={enabled ? 'chip ok lg' : 'chip lg'}>
      <Icon className="i" aria-hidden="true" />
      {enabled ? 'Enabled' : 'Disabled'}
    </span>
  )
}

type Switchable = Extract<EntityType, 'service' | 'plugin'>

/** Switches an entity on or off at once; the receipt offers the way back. */
export function EnabledButton<T extends Switchable>({ type, row }: { type: T; row: Row<T> }) {
  const update = useUpdate(type)
  const { enabled, id, revision } = row as unknown as { enabled: boolean; id: string; revision: number }
  const set = async (value: boolean, from: number, undoable: boolean): Promise<void> => {
    const written = await update.mutateAsync({ id, value: { enabled: value }, revision: from })
    const undo = () => set(!value, written.revision, false)
    announceWritten({ text: value ? 'Enabled' : 'Disabled', revision: written.revision, ...(undoable ? { undo } : {}) })
  }
  return (
    <button
      type="button"
      className="btn"
      disabled={update.isPending}
      onClick={() => set(!enabled, revision, true).catch((error: unknown) => announceProblem(readFailure(error).message))}
    >
      <Power className="i" aria-hidden="true" />
      {enabled ? 'Disable' : 'Enable'}
    </button>
  )
}
