'use client'

import { Trash2 } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { type Row, useUpdate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { ShareBar } from '../../ui/slats/share-bar.tsx'
import { DeleteEntity } from '../entities/delete-entity.tsx'
import { announceWritten } from '../entities/receipt.tsx'
import { formatShare } from './shares.ts'
import { readWeight, WEIGHT_RULE } from './target-input.ts'

type Target = Row<'target'>

function WeightForm({ target }: { target: Target }) {
  const update = useUpdate('target')
  const saved = String(target.weight)
  const [text, setText] = useState(saved)
  const [problem, setProblem] = useState<string | null>(null)
  // Somebody else's change is shown at once; the revision of the row goes with it.
  useEffect(() => setText(saved), [saved])
  const set = async (weight: number, revision: number, undoTo: number | null): Promise<void> => {
    const written = await update.mutateAsync({ id: target.id, value: { weight }, revision })
    const undo = undoTo === null ? {} : { undo: () => set(undoTo, written.revision, null) }
    announceWritten({ text: `Weight of ${target.target} is ${weight}`, revision: written.revision, ...undo })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const weight = readWeight(text)
    if (weight === null) return setProblem(WEIGHT_RULE)
    setProblem(null)
    if (weight !== target.weight) set(weight, target.revision, target.weight).catch((error: unknown) => setProblem(readFailure(error).message))
  }
  const id = `weight-${target.id}`
  const isChanged = text.trim() !== saved
  return (
    <form onSubmit={submit} noValidate>
      <span className="weight">
        <span className={problem === null ? 'in' : 'in err'}>
          <input
            type="text"
            inputMode="numeric"
            aria-label={`Weight of ${target.target}`}
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : `${id}-error`}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setText(saved)
            }}
          />
        </span>
        {isChanged && (
          <button type="submit" className="btn sm" disabled={update.isPending}>
            {update.isPending ? 'Saving…' : 'Save weight'}
          </button>
        )}
      </span>
      {problem !== null && (
        <p className="t-bad small" id={`${id}-error`} role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

/** One target: its address, its weight to change in place, the share that this makes, and the way to delete it. */
export function TargetRow({ target, share }: { target: Target; share: number }) {
  return (
    <tr>
      <th scope="row">
        <span className="mono b">{target.target}</span>
      </th>
      <td data-title="Weight">
        <WeightForm target={target} />
      </td>
      <td data-title="Share">
        <span className="row">
          <ShareBar share={share} />
          <span>{target.weight === 0 ? 'drained' : formatShare(share)}</span>
        </span>
      </td>
      <td className="num">
        <DeleteEntity
          type="target"
          row={target}
          label={target.target}
          trigger={(open) => (
            <button type="button" className="btn ghost ico" aria-label={`Delete target ${target.target}…`} onClick={open}>
              <Trash2 className="i" aria-hidden="true" />
            </button>
          )}
        />
      </td>
    </tr>
  )
}
