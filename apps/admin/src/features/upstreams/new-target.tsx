'use client'

import { targetSchema } from '@sluice/shared/entities/upstream'
import { type FormEvent, useState } from 'react'
import { useCreate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { announceWritten } from '../entities/receipt.tsx'
import { readTarget, targetProblems } from './target-input.ts'

/** Adds a target in one line; what is wrong stands under its field and nothing is written. */
export function NewTarget({ upstream }: { upstream: string }) {
  const create = useCreate('target')
  const [target, setTarget] = useState('')
  const [weight, setWeight] = useState('100')
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const value = readTarget(upstream, target, weight)
    const checked = targetSchema.safeParse(value)
    if (!checked.success) return setProblems(targetProblems(checked.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))))
    try {
      const written = await create.mutateAsync({ value: checked.data })
      announceWritten({ text: `Added target ${written.item.target}`, revision: written.revision })
      setProblems({})
      setTarget('')
      setWeight('100')
    } catch (error) {
      const failure = readFailure(error)
      setProblems(targetProblems(failure.issues.length > 0 ? failure.issues : [{ path: '', message: failure.message }]))
    }
  }
  return (
    <form className="target-form" onSubmit={submit} noValidate aria-label="New target">
      <TextField
        label="Target"
        name="target"
        value={target}
        onChange={setTarget}
        autoComplete="off"
        error={problems.target ?? null}
        help="host:port, such as 10.0.0.7:8080 or orders.internal:8080"
      />
      <TextField label="Weight" name="weight" value={weight} onChange={setWeight} autoComplete="off" error={problems.weight ?? null} help="0 drains it" />
      <button type="submit" className="btn lg" disabled={create.isPending}>
        {create.isPending ? 'Adding…' : 'Add target'}
      </button>
    </form>
  )
}
