'use client'

import { Eye, EyeOff, TriangleAlert } from 'lucide-react'
import { useId, useState } from 'react'

interface TextFieldProps {
  label: string
  name: string
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'email' | 'password'
  autoComplete?: string
  help?: string
  error?: string | null
  autoFocus?: boolean
  isOptional?: boolean
}

/** One labelled line of text with its help and its error; a password can be shown. */
export function TextField({ label, name, value, onChange, type = 'text', autoComplete, help, error = null, autoFocus = false, isOptional = false }: TextFieldProps) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const describedBy = [error === null ? '' : `${id}-error`, help === undefined ? '' : `${id}-help`].filter((part) => part !== '').join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className={error === null ? 'in lg' : 'in lg err'}>
        <input
          id={id}
          name={name}
          type={type === 'password' && shown ? 'text' : type}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete={autoComplete}
          aria-invalid={error !== null}
          aria-describedby={describedBy === '' ? undefined : describedBy}
          // biome-ignore lint/a11y/noAutofocus: the page is this one form, and typing is the only thing to do on it.
          autoFocus={autoFocus}
          required={!isOptional}
        />
        {type === 'password' && (
          <button type="button" className="bare" aria-label={shown ? 'Hide what is typed' : 'Show what is typed'} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff className="i" aria-hidden="true" /> : <Eye className="i" aria-hidden="true" />}
          </button>
        )}
      </div>
      {error !== null && (
        <p className="err" role="alert" id={`${id}-error`}>
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{error}</span>
        </p>
      )}
      {help !== undefined && (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}
