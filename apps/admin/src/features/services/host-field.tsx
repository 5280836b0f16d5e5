'use client'

import { useState } from 'react'
import { Combobox } from '../../ui/combobox/combobox.tsx'
import type { ControlProps } from '../../ui/schema-form/control-props.ts'
import { useSuggestions } from '../entities/reference-field.tsx'

/** Any host name or address; the names of upstreams are suggested, since one of those makes the service balance over its targets. */
export function HostField({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const [open, setOpen] = useState(false)
  const text = typeof value === 'string' ? value : ''
  const { options, isLoading } = useSuggestions('upstream', text, open)
  return (
    <Combobox
      id={id}
      text={text}
      onText={(next) => onChange(next === '' ? undefined : next)}
      options={options.map((option) => ({ ...option, note: 'upstream' }))}
      isLoading={isLoading}
      none={text === '' ? 'There are no upstreams yet; write a host name or an address' : 'No upstream has this name; it is used as a host'}
      onOpen={setOpen}
      onPick={(option) => onChange(option.label)}
      placeholder="orders.internal"
      invalid={invalid}
      describedBy={describedBy}
      required={field.required}
    />
  )
}
