'use client'

import { useMutation } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type Row, useCreate, useEntityList, useUpdate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { EntityName } from '../entities/entity-name.tsx'
import { announceProblem, announceWritten } from '../entities/receipt.tsx'

const GROUPS_MAX = 500

function useMembership(consumer: Row<'consumer'>) {
  const update = useUpdate('consumer')
  return useMutation({
    mutationFn: (groups: string[]) => update.mutateAsync({ id: consumer.id, value: { groups }, revision: consumer.revision }),
    onSuccess: ({ revision }) => announceWritten({ text: 'Saved', revision }),
    onError: (error) => announceProblem(readFailure(error).message),
  })
}

function NewGroup({ onMade }: { onMade: (id: string) => void }) {
  const create = useCreate('consumer_group')
  const [name, setName] = useState('')
  const failure = create.error === null ? null : readFailure(create.error)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const made = await create.mutateAsync({ value: { name: name.trim() } }).catch(() => null)
    if (made === null) return
    setName('')
    onMade(made.item.id)
  }
  return (
    <form className="new-group" onSubmit={(event) => void submit(event)} noValidate>
      <TextField
        label="New group"
        name="group"
        value={name}
        onChange={setName}
        autoComplete="off"
        error={failure === null ? null : (failure.issues[0]?.message ?? failure.message)}
      />
      <button type="submit" className="btn" disabled={create.isPending || name.trim() === ''}>
        <Plus className="i" aria-hidden="true" />
        Create and join
      </button>
    </form>
  )
}

/** The consumer groups that a consumer is a member of. A plugin that is bound to a group runs for all its members. */
export function Groups({ consumer }: { consumer: Row<'consumer'> }) {
  const { data } = useEntityList('consumer_group', { limit: GROUPS_MAX, sort: { field: 'name', order: 'asc' } })
  const membership = useMembership(consumer)
  const { groups } = consumer
  const others = (data?.items ?? []).filter((group) => !groups.includes(group.id))
  return (
    <section className="card" aria-label="Consumer groups">
      <header>
        <h2>Groups</h2>
      </header>
      <div className="body stack g16">
        <p className="i2">A plugin that is bound to a group runs for all its members.</p>
        {groups.length === 0 ? (
          <p className="i3">A member of none.</p>
        ) : (
          <ul className="row wrap plain">
            {groups.map((id) => (
              <li key={id} className="token">
                <EntityName type="consumer_group" id={id} />
                <button
                  type="button"
                  aria-label={`Leave group ${groups.indexOf(id) + 1}`}
                  disabled={membership.isPending}
                  onClick={() => membership.mutate(groups.filter((other) => other !== id))}
                >
                  <X className="i s" aria-hidden="true" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {others.length > 0 && (
          <div className="row wrap">
            <span className="i3">Join</span>
            {others.map((group) => (
              <button type="button" className="btn sm" key={group.id} disabled={membership.isPending} onClick={() => membership.mutate([...groups, group.id])}>
                <Plus className="i s" aria-hidden="true" />
                {group.name}
              </button>
            ))}
          </div>
        )}
        <NewGroup onMade={(id) => membership.mutate([...groups, id])} />
      </div>
    </section>
  )
}
