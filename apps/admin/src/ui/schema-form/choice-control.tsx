'use client'

import { ChevronDown } from 'lucide-react'
import { Switch } from 'radix-ui'
import type { ControlProps } from './control-props.ts'
import { showValue } from './describe.ts'

export function SwitchControl({ id, value, onChange, describedBy }: ControlProps) {
  return (
    <div className="row" style={{ minHeight: 32 }}>
      <Switch.Root className="switch" id={id} checked={value === true} onCheckedChange={onChange} aria-describedby={describedBy} />
      <span aria-hidden="true">{value === true ? 'On' : 'Off'}</span>
    </div>
  )
}

const UNSET = ''

/** A select of the browser's own: it works with every keyboard, reader and phone. */
export function ChoiceControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  if (field.control.kind !== 'choice') return null
  const { options } = field.control
  const write = (text: string) => onChange(text === UNSET ? (field.nullable ? null : undefined) : options.find((option) => String(option) === text))
  return (
    <div className={invalid ? 'in err' : 'in'}>
      <select
        id={id}
        value={value === null || value === undefined ? UNSET : String(value)}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => write(event.target.value)}
      >
        {(field.nullable || field.initial === undefined) && <option value={UNSET}>not set</option>}
        {options.map((option) => (
          <option key={String(option)} value={String(option)}>
            {showValue(option)}
          </option>
        ))}
      </select>
      <ChevronDown className="i s" aria-hidden="true" />
    </div>
  )
}
