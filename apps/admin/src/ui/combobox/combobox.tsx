'use client'

import { ChevronDown, X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react'
import { activeAfterKey } from './active-option.ts'

export interface Option {
  id: string
  label: string
  /** Stands greyed behind the label. */
  note?: string
}

interface ComboboxProps {
  id: string
  /** What is in the field. */
  text: string
  onText: (text: string) => void
  options: readonly Option[]
  onPick: (option: Option) => void
  /** Shown where there is no option, such as "No service has this name". */
  none: string
  isLoading?: boolean
  onOpen?: (open: boolean) => void
  /** The field loses the focus; what was typed and not picked may be put back. */
  onLeave?: () => void
  onClear?: () => void
  placeholder?: string
  label?: string
  invalid?: boolean
  describedBy?: string
  required?: boolean
  before?: ReactNode
  onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void
}

function Listing({
  id,
  options,
  active,
  none,
  isLoading,
  onPick,
  onActive,
}: Pick<ComboboxProps, 'id' | 'options' | 'none' | 'isLoading' | 'onPick'> & { active: number; onActive: (index: number) => void }) {
  useEffect(() => {
    if (active >= 0) document.getElementById(`${id}-option-${active}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, active])
  if (options.length === 0) {
    return (
      <div className="listbox" id={`${id}-list`} role="listbox" aria-label="Suggestions">
        <div className="none" role="option" tabIndex={-1} aria-selected="false" aria-disabled="true">
          {isLoading === true ? 'Looking…' : none}
        </div>
      </div>
    )
  }
  return (
    <div className="listbox" id={`${id}-list`} role="listbox" aria-label="Suggestions">
      {options.map((option, index) => (
        <div
          key={option.id}
          id={`${id}-option-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          data-active={index === active}
          onPointerMove={() => onActive(index)}
          // Before the field loses the focus.
          onPointerDown={(event) => {
            event.preventDefault()
            onPick(option)
          }}
        >
          <span className="trunc">{option.label}</span>
          {option.note !== undefined && <span className="i3 small trunc">{option.note}</span>}
        </div>
      ))}
    </div>
  )
}

function ClearButton({ onClear }: { onClear: () => void }) {
  return (
    <button type="button" className="bare" aria-label="Clear" onClick={onClear}>
      <X className="i s" aria-hidden="true" />
    </button>
  )
}

/** A field that suggests: arrows choose, Enter takes, Escape shuts. Typing never picks by itself. */
export function Combobox(props: ComboboxProps) {
  const { id, text, onText, options, onPick, none, isLoading, onOpen, onLeave, onClear, placeholder, label, invalid = false, describedBy, required, before, onKeyDown } = props
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const show = (next: boolean) => {
    setOpen(next)
    setActive(-1)
    onOpen?.(next)
  }
  const pick = (option: Option) => {
    onPick(option)
    show(false)
  }
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = options[active]
    const moved = activeAfterKey(event.key, open ? active : -1, options.length)
    if (moved !== null) {
      event.preventDefault()
      if (!open) show(true)
      setActive(moved)
    } else if (event.key === 'Enter' && open && chosen !== undefined) {
      event.preventDefault()
      pick(chosen)
    } else if (event.key === 'Escape' && open) {
      // The field keeps what is in it, and a dialog around it stays.
      event.stopPropagation()
      show(false)
    } else onKeyDown?.(event)
  }
  return (
    <div className="combo">
      <div className={`in${before === undefined ? '' : ' tokens'}${invalid ? ' err' : ''}`}>
        {before}
        <input
          id={id}
          type="text"
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${id}-option-${active}` : undefined}
          aria-label={label}
          aria-invalid={invalid}
          aria-describedby={describedBy}
          aria-required={required}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={text}
          onChange={(event) => {
            onText(event.target.value)
            if (!open) show(true)
            setActive(-1)
          }}
          onClick={() => show(true)}
          onKeyDown={press}
          onBlur={() => {
            show(false)
            onLeave?.()
          }}
        />
        {onClear !== undefined && <ClearButton onClear={onClear} />}
        <ChevronDown className="i s i3" aria-hidden="true" />
      </div>
      {open && <Listing id={id} options={options} active={active} none={none} isLoading={isLoading} onPick={pick} onActive={setActive} />}
    </div>
  )
}
