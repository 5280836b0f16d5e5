'use client'

import { useEffect, useState } from 'react'
import type { ControlProps } from './control-props.ts'

const frame = (invalid: boolean, more = '') => ['in', invalid ? 'err' : '', more].filter((name) => name !== '').join(' ')

/** What an empty line means: nothing where the field may be null, else the schema's default. */
function emptyOf({ nullable }: ControlProps['field']): null | undefined {
  return nullable ? null : undefined
}

export function TextControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const text = typeof value === 'string' ? value : ''
  const write = (next: string) => onChange(next === '' ? emptyOf(field) : next)
  const shared = { id, value: text, 'aria-invalid': invalid, 'aria-describedby': describedBy, 'aria-required': field.required, spellCheck: false, autoComplete: 'off' }
  if (field.control.kind === 'text' && field.control.multiline) {
    return (
      <div className={frame(invalid, 'area')}>
        <textarea {...shared} rows={5} onChange={(event) => write(event.target.value)} />
      </div>
    )
  }
  return (
    <div className={frame(invalid)}>
      <input {...shared} type="text" placeholder={typeof field.initial === 'string' ? field.initial : undefined} onChange={(event) => write(event.target.value)} />
      {field.unit !== null && <span className="unit">{field.unit}</span>}
    </div>
  )
}

/** The number that a text is, the text itself where it is none (the schema then says so), or nothing. */
function readNumber(text: string, field: ControlProps['field']): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return emptyOf(field)
  const number = Number(trimmed.replaceAll(/(?<=\d),(?=\d{3})/g, ''))
  return Number.isFinite(number) ? number : trimmed
}

export function NumberControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const shown = value === null || value === undefined ? '' : String(value)
  const [text, setText] = useState(shown)
  // The value may change from outside (discard, reload); what is being typed, such as "1.", stays as it is.
  useEffect(() => setText((current) => (String(readNumber(current, field) ?? '') === shown ? current : shown)), [shown, field])
  const write = (next: string) => {
    setText(next)
    onChange(readNumber(next, field))
  }
  return (
    <div className={frame(invalid)}>
      <input
        id={id}
        type="text"
        inputMode={field.control.kind === 'number' && field.control.integer ? 'numeric' : 'decimal'}
        value={text}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        aria-required={field.required}
        autoComplete="off"
        placeholder={field.nullable ? 'none' : field.initial === undefined ? undefined : String(field.initial)}
        onChange={(event) => write(event.target.value)}
      />
      {field.unit !== null && <span className="unit">{field.unit}</span>}
    </div>
  )
}

/** Write-only: what is stored is never in the page. */
export function SecretControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const shared = { id, value: typeof value === 'string' ? value : '', 'aria-invalid': invalid, 'aria-describedby': describedBy, autoComplete: 'new-password', spellCheck: false }
  const write = (text: string) => onChange(text === '' ? undefined : text)
  const multiline = field.control.kind === 'secret' && field.control.multiline
  return (
    <div className={frame(invalid, multiline ? 'area' : 'mono-in')}>
      {multiline ? (
        <textarea {...shared} rows={5} onChange={(event) => write(event.target.value)} />
      ) : (
        <input {...shared} type="password" onChange={(event) => write(event.target.value)} />
      )}
    </div>
  )
}

/** For the few fields without a control of their own. Text that is not JSON yet stays text, and the schema refuses it. */
export function JsonControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const [text, setText] = useState(() => (value === null || value === undefined ? '' : JSON.stringify(value, null, 2)))
  const write = (next: string) => {
    setText(next)
    if (next.trim() === '') return onChange(emptyOf(field))
    try {
      onChange(JSON.parse(next))
    } catch {
      onChange(next)
    }
  }
  return (
    <div className={frame(invalid, 'area')}>
      <textarea
        id={id}
        rows={4}
        value={text}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        spellCheck={false}
        placeholder="JSON"
        onChange={(event) => write(event.target.value)}
      />
    </div>
  )
}
