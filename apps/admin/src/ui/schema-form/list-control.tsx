'use client'

import { X } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, useState } from 'react'
import type { ControlProps } from './control-props.ts'

const asTexts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

interface TokensProps {
  id: string
  label?: string
  values: readonly string[]
  onChange: (values: string[]) => void
  invalid: boolean
  describedBy: string | undefined
  placeholder?: string
}

/** Lines of text as tokens: Enter or leaving the field adds, Backspace in an empty field takes the last one back. */
export function Tokens({ id, label, values, onChange, invalid, describedBy, placeholder }: TokensProps) {
  const [text, setText] = useState('')
  const add = (raw: string) => {
    const fresh = raw
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !values.includes(line))
    setText('')
    if (fresh.length > 0) onChange([...values, ...fresh])
  }
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter' && text.trim() !== '') {
      event.preventDefault()
      add(text)
    }
    if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1))
  }
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData('text')
    if (!pasted.includes('\n')) return
    event.preventDefault()
    add(pasted)
  }
  return (
    <div className={invalid ? 'in tokens err' : 'in tokens'}>
      {values.map((value) => (
        <span className="token" key={value}>
          {value}
          <button type="button" aria-label={`Remove ${value}`} onClick={() => onChange(values.filter((entry) => entry !== value))}>
            <X className="i s" aria-hidden="true" />
          </button>
        </span>
      ))}
      <input
        id={id}
        type="text"
        aria-label={label}
        value={text}
        placeholder={values.length === 0 ? placeholder : undefined}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
        onPaste={paste}
        onBlur={() => add(text)}
      />
    </div>
  )
}

export function ListControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  if (field.control.kind !== 'list') return null
  const { numeric } = field.control
  const write = (texts: string[]) => {
    if (texts.length === 0 && field.nullable) return onChange(null)
    onChange(numeric ? texts.map((text) => (Number.isFinite(Number(text)) ? Number(text) : text)) : texts)
  }
  return <Tokens id={id} values={asTexts(value)} onChange={write} invalid={invalid} describedBy={describedBy} placeholder="Enter adds one" />
}

/** A short list whose values are known: each is a box to tick. */
export function TogglesControl({ id, field, value, onChange, describedBy, options }: ControlProps & { options: readonly string[] }) {
  const chosen = asTexts(value)
  const toggle = (option: string, on: boolean) => {
    const next = options.filter((entry) => (entry === option ? on : chosen.includes(entry)))
    const others = chosen.filter((entry) => !options.includes(entry))
    const all = [...next, ...others]
    onChange(all.length === 0 && field.nullable ? null : all)
  }
  return (
    <fieldset className="toggles" id={id} aria-labelledby={`${id}-label`} aria-describedby={describedBy}>
      {options.map((option) => (
        <label key={option}>
          <input type="checkbox" checked={chosen.includes(option)} onChange={(event) => toggle(option, event.target.checked)} />
          {option}
        </label>
      ))}
    </fieldset>
  )
}
