'use client'

import { labelOf } from '@sluice/shared/entities/label'
import { type EntityType, isEntityType } from '@sluice/shared/entities/registry'
import { X } from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { type Row, useEntity, useEntityList } from '../../trpc/entities.ts'
import { Combobox, type Option } from '../../ui/combobox/combobox.tsx'
import type { RenderReference } from '../../ui/schema-form/field-row.tsx'
import { EntityName } from './entity-name.tsx'
import { nounOf } from './words.ts'

type ReferenceProps = Parameters<RenderReference>[0]

const SUGGESTIONS = 20

/** A second word about an entity where names alone may look alike. */
function noteOf(type: EntityType, row: Row): string | undefined {
  const fields = row as unknown as Record<string, unknown>
  if (type === 'service') return String(fields.host)
  if (type === 'consumer' && typeof fields.custom_id === 'string' && fields.custom_id !== fields.username) return fields.custom_id
  return undefined
}

/** Entities that match what is typed, as options; nothing is asked before the field is opened. */
export function useSuggestions(type: EntityType, text: string, enabled: boolean): { options: Option[]; isLoading: boolean } {
  const search = text.trim()
  const { data, isPending } = useEntityList(type, { limit: SUGGESTIONS, ...(search === '' ? {} : { search }) }, { enabled })
  const options = (data?.items ?? []).map((row) => ({ id: row.id, label: labelOf(type, row), note: noteOf(type, row) }))
  return { options, isLoading: isPending }
}

const idOf = (value: unknown): string | null => (typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : null)

function SingleReference({ type, id, field, value, onChange, invalid, describedBy }: Omit<ReferenceProps, 'entity' | 'many'> & { type: EntityType }) {
  const chosen = idOf(value)
  const { data } = useEntity(type, chosen)
  const [typed, setTyped] = useState<string | null>(null)
  const [open, setOpen] = useState(false)
  const { options, isLoading } = useSuggestions(type, typed ?? '', open)
  const noun = nounOf(type)
  const name = chosen === null ? '' : data === undefined ? chosen : labelOf(type, data)
  return (
    <Combobox
      id={id}
      text={typed ?? name}
      onText={setTyped}
      options={options}
      isLoading={isLoading}
      none={typed === null || typed.trim() === '' ? `There are no ${noun.many} yet` : `No ${noun.one} matches “${typed.trim()}”`}
      onOpen={setOpen}
      // What was typed and not taken is no reference: the name of the chosen one comes back, or nothing where the field was emptied.
      onLeave={() => {
        if (typed?.trim() === '' && chosen !== null) onChange(field.nullable ? null : undefined)
        setTyped(null)
      }}
      onPick={(option) => {
        onChange({ id: option.id })
        setTyped(null)
      }}
      onClear={chosen !== null && field.nullable ? () => onChange(null) : undefined}
      placeholder={field.nullable ? `no ${noun.one}` : `Search ${noun.many}`}
      invalid={invalid}
      describedBy={describedBy}
      required={field.required}
    />
  )
}

function ManyReferences({ type, id, field, value, onChange, invalid, describedBy }: Omit<ReferenceProps, 'entity' | 'many'> & { type: EntityType }) {
  const chosen = Array.isArray(value) ? value.map(String) : []
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const { options, isLoading } = useSuggestions(type, typed, open)
  const noun = nounOf(type)
  const write = (ids: string[]) => onChange(ids.length === 0 && field.nullable ? null : ids)
  const tokens = chosen.map((entry) => (
    <span className="token" key={entry}>
      <EntityName type={type} id={entry} />
      <button type="button" aria-label={`Remove ${noun.one} ${chosen.indexOf(entry) + 1}`} onClick={() => write(chosen.filter((other) => other !== entry))}>
        <X className="i s" aria-hidden="true" />
      </button>
    </span>
  ))
  return (
    <Combobox
      id={id}
      text={typed}
      onText={setTyped}
      options={options.filter((option) => !chosen.includes(option.id))}
      isLoading={isLoading}
      none={`No ${chosen.length > 0 ? 'other ' : ''}${noun.one}${typed.trim() === '' ? '' : ' matches'}`}
      onOpen={setOpen}
      onLeave={() => setTyped('')}
      onPick={(option) => {
        write([...chosen, option.id])
        setTyped('')
      }}
      onKeyDown={(event) => {
        if (event.key === 'Backspace' && typed === '' && chosen.length > 0) write(chosen.slice(0, -1))
      }}
      placeholder={chosen.length === 0 ? `Search ${noun.many}` : undefined}
      invalid={invalid}
      describedBy={describedBy}
      before={tokens}
    />
  )
}

/** A field that points at another entity, or at several: found by name, kept by id. */
export function ReferenceField({ entity, many, ...props }: ComponentProps<RenderReference>) {
  if (!isEntityType(entity)) return null
  return many ? <ManyReferences {...props} type={entity} /> : <SingleReference {...props} type={entity} />
}
