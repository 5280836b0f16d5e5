'use client'

import { labelOf } from '@sluice/shared/entities/label'
import { Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { type Row, useEntityList } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { formatCount } from '../../ui/format.ts'
import { fieldsOf } from '../../ui/schema-form/fields.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { DeleteEntity } from '../entities/delete-entity.tsx'
import { EntityForm } from '../entities/entity-form.tsx'
import { type CredentialKind, type CredentialType, cellText, isAskedFor, usedByText } from './credential-kinds.ts'
import { ShownOnce } from './shown-once.tsx'

const SHOWN_MAX = 200
const HIDDEN = ['consumer'] as const

/** Changing a credential would be making another one; so there is a way to delete it and one to add a new one. */
function CredentialRow({ kind, row }: { kind: CredentialKind; row: Row<CredentialType> }) {
  const fields = row as unknown as Record<string, unknown>
  const label = labelOf(kind.type, row)
  return (
    <tr>
      <td>
        <span className="mono">{row.id.slice(0, 8)}</span>
      </td>
      {kind.columns.map((column) => (
        <td key={column.field} data-title={column.title}>
          {cellText(column.field, fields[column.field])}
        </td>
      ))}
      <td data-title="Created">
        <TimeAgo at={row.created_at} />
      </td>
      <td data-title="Tags">
        {row.tags.length > 0 && (
          <span className="tags">
            {row.tags.map((tag) => (
              <span className="tag" key={tag}>
                {tag}
              </span>
            ))}
          </span>
        )}
      </td>
      <td className="num act">
        <DeleteEntity
          type={kind.type}
          row={row}
          label={label}
          trigger={(open) => (
            <button type="button" className="btn ghost ico sm" aria-label={`Delete ${kind.one} ${row.id.slice(0, 8)}`} onClick={open}>
              <Trash2 className="i s" aria-hidden="true" />
            </button>
          )}
        />
      </td>
    </tr>
  )
}

function Rows({ kind, rows, total }: { kind: CredentialKind; rows: readonly Row<CredentialType>[]; total: number }) {
  return (
    <div className="lst">
      <table>
        <thead>
          <tr>
            <th scope="col">Id</th>
            {kind.columns.map((column) => (
              <th key={column.field} scope="col">
                {column.title}
              </th>
            ))}
            <th scope="col">Created</th>
            <th scope="col">Tags</th>
            <th scope="col">
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <CredentialRow key={row.id} kind={kind} row={row} />
          ))}
        </tbody>
      </table>
      {total > rows.length && (
        <p className="pager">
          {formatCount(rows.length)} of {formatCount(total)}
        </p>
      )}
    </div>
  )
}

interface AddProps {
  kind: CredentialKind
  consumer: string
  onDone: (secret: string | null) => void
  onCancel: () => void
}

function Add({ kind, consumer, onDone, onCancel }: AddProps) {
  const known = useMemo(() => ({ consumer: { id: consumer } }), [consumer])
  const sections = useMemo(() => [{ title: kind.add, fields: fieldsOf(kind.schema).flatMap((field) => (field.name === 'consumer' ? [] : [field.name])) }], [kind])
  return (
    <div className="add-credential">
      <EntityForm
        type={kind.type}
        row={null}
        schema={kind.schema}
        known={known}
        hidden={HIDDEN}
        sections={sections}
        onSaved={({ shown_once }) => onDone(kind.secret === null ? null : (shown_once?.[kind.secret.field] ?? null))}
        actions={
          <button type="button" className="btn ghost" onClick={onCancel}>
            Cancel
          </button>
        }
      />
    </div>
  )
}

/** The credentials of one kind that a consumer has: add, see once, delete. */
export function CredentialList({ kind, consumer }: { kind: CredentialKind; consumer: string }) {
  const { data, error, isPending, refetch } = useEntityList(kind.type, { where: { consumer }, limit: SHOWN_MAX })
  const [isAdding, setIsAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const done = (made: string | null) => {
    setSecret(made)
    setIsAdding(false)
  }
  return (
    <section className="card" aria-label={kind.title}>
      <header>
        <h2>{kind.title}</h2>
        {data !== undefined && data.total > 0 && <span className="i3">{formatCount(data.total)}</span>}
        <div className="end">
          {!isAdding && (
            <button
              type="button"
              className={isAskedFor(kind) ? 'btn sm primary' : 'btn sm'}
              onClick={() => {
                setSecret(null)
                setIsAdding(true)
              }}
            >
              <Plus className="i s" aria-hidden="true" />
              {kind.add}
            </button>
          )}
        </div>
      </header>
      {secret !== null && kind.secret !== null && <ShownOnce label={kind.secret.label} secret={secret} onClose={() => setSecret(null)} />}
      {isAdding && <Add kind={kind} consumer={consumer} onDone={done} onCancel={() => setIsAdding(false)} />}
      {data !== undefined && data.items.length > 0 && <Rows kind={kind} rows={data.items as Row<CredentialType>[]} total={data.total} />}
      {error !== null && data === undefined && (
        <div className="body" role="alert">
          <p className="t-bad">{readFailure(error).message}</p>
          <button type="button" className="btn sm" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      )}
      <footer>{isPending ? 'Loading…' : usedByText(kind)}</footer>
    </section>
  )
}
