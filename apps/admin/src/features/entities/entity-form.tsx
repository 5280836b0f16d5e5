'use client'

import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import type { Issue } from '@sluice/shared/snapshot'
import { useCallback, useRef, useState } from 'react'
import type * as z from 'zod'
import { type Row, useCreate, useUpdate } from '../../trpc/entities.ts'
import { type Failure, readFailure } from '../../trpc/failure.ts'
import { changedFields } from '../../ui/schema-form/draft.ts'
import { SchemaForm, type SchemaFormProps } from '../../ui/schema-form/schema-form.tsx'
import { newerBase, type Revised } from './base.ts'
import { ConflictPanel } from './conflict-panel.tsx'
import { announceWritten } from './receipt.tsx'
import { ReferenceField } from './reference-field.tsx'
import { nounOf } from './words.ts'

type Fields = Readonly<Record<string, unknown>>
type Written<T extends EntityType> = { item: Row<T>; revision: number; shown_once?: Record<string, string> }

export interface EntityFormProps<T extends EntityType> extends Pick<SchemaFormProps, 'sections' | 'hidden' | 'choices' | 'controls' | 'advice' | 'summary' | 'actions'> {
  type: T
  /** What is edited, or null for a new one. */
  row: Row<T> | null
  /** Where the registry's schema says too little, such as for the `config` of a plugin. Should keep its identity. */
  schema?: z.ZodType
  /** Fields of a new one that are known already. Should keep its identity. */
  known?: Fields
  /** Turns the parsed form into what is written. */
  toValue?: (value: Record<string, unknown>) => Record<string, unknown>
  onSaved?: (written: Written<T>) => void
}

const NOTHING: Fields = {}

/** Issues for the form, at their fields; a failure without any is one about the whole. */
export function issuesOfFailure(failure: Failure): readonly Issue[] {
  return failure.issues.length > 0 ? failure.issues : [{ path: '', message: failure.message }]
}

interface Conflict {
  before: Fields
  mine: Fields
  theirs: Fields
}

/**
 * Creates or changes one entity with a form made from its schema. Issues of the control plane stand at their fields. A change carries the
 * revision of the entity as it was when its first field was touched, so that an edit of somebody else in between is shown and never overwritten.
 */
export function EntityForm<T extends EntityType>(props: EntityFormProps<T>) {
  const { type, row, schema = ENTITIES[type].schema as z.ZodType, known = NOTHING, toValue, onSaved, summary, ...form } = props
  const create = useCreate(type)
  const update = useUpdate(type)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const [generation, setGeneration] = useState(0)
  const [dirty, setDirty] = useState(false)
  const base = useRef(row)
  base.current = newerBase(base.current as Revised | null, row as Revised | null, dirty) as Row<T> | null
  const opened = base.current as (Row<T> & Fields) | null
  const noun = nounOf(type)

  const write = async (value: Record<string, unknown>): Promise<Written<T>> => {
    if (opened === null) return create.mutateAsync({ value }) as Promise<Written<T>>
    const changed = changedFields(opened, value)
    const before = Object.fromEntries(Object.keys(changed).map((field) => [field, opened[field]]))
    const written = (await update.mutateAsync({ id: opened.id, value: changed, revision: opened.revision })) as Written<T>
    const undo = async () => {
      const back = (await update.mutateAsync({ id: opened.id, value: before, revision: written.revision })) as Written<T>
      announceWritten({ text: 'Undone', revision: back.revision })
    }
    const isSecret = Object.keys(ENTITIES[type].secrets).some((field) => field in changed)
    announceWritten({ text: 'Saved', revision: written.revision, ...(isSecret ? {} : { undo }) })
    return written
  }
  const submit = async (parsed: Record<string, unknown>): Promise<readonly Issue[]> => {
    const value = toValue === undefined ? parsed : toValue(parsed)
    try {
      const written = await write(value)
      if (opened !== null) base.current = written.item
      setConflict(null)
      if (opened === null) announceWritten({ text: `Created ${noun.one}`, revision: written.revision })
      onSaved?.(written)
      return []
    } catch (error) {
      const failure = readFailure(error)
      if (failure.current === null || opened === null) return issuesOfFailure(failure)
      setConflict({ before: opened, mine: changedFields(opened, value), theirs: failure.current })
      return [{ path: '', message: 'Not saved: it was changed meanwhile. Both versions stand above.' }]
    }
  }
  const reload = useCallback(() => {
    if (conflict !== null) base.current = conflict.theirs as unknown as Row<T>
    setConflict(null)
    setDirty(false)
    setGeneration((count) => count + 1)
  }, [conflict])
  return (
    <>
      {conflict !== null && <ConflictPanel noun={noun.one} {...conflict} onReload={reload} />}
      <SchemaForm
        key={generation}
        schema={schema}
        known={opened ?? known}
        isNew={row === null}
        submitLabel={row === null ? `Create ${noun.one}` : 'Save changes'}
        summary={summary}
        renderReference={(reference) => <ReferenceField {...reference} />}
        onSubmit={submit}
        onDirty={setDirty}
        {...form}
      />
    </>
  )
}
