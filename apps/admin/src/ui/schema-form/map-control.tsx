'use client'

import { Plus, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { ControlProps } from './control-props.ts'
import { isSame } from './draft.ts'
import { Tokens } from './list-control.tsx'

interface Pair {
  key: number
  name: string
  values: string[]
}

function pairsOf(value: unknown, nextKey: () => number): Pair[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, values]) => ({ key: nextKey(), name, values: Array.isArray(values) ? values.map(String) : [] }))
}

const mapOf = (pairs: readonly Pair[]) => Object.fromEntries(pairs.filter((pair) => pair.name.trim() !== '').map((pair) => [pair.name.trim(), pair.values]))

/** Names, each with one or more values. A line without a name is not part of the value. */
export function MapControl({ id, field, value, onChange, invalid, describedBy }: ControlProps) {
  const counter = useRef(0)
  const nextKey = () => counter.current++
  const [pairs, setPairs] = useState(() => pairsOf(value, nextKey))
  const shown = useRef(value)
  useEffect(() => {
    if (isSame(shown.current, value)) return
    shown.current = value
    setPairs(pairsOf(value, () => counter.current++))
  }, [value])
  const write = (next: Pair[]) => {
    setPairs(next)
    const map = mapOf(next)
    shown.current = Object.keys(map).length === 0 && field.nullable ? null : map
    onChange(shown.current)
  }
  const change = (key: number, part: Partial<Pair>) => write(pairs.map((pair) => (pair.key === key ? { ...pair, ...part } : pair)))
  return (
    <fieldset className="pairs" id={id} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }} aria-labelledby={`${id}-label`} aria-describedby={describedBy}>
      {pairs.map((pair, index) => (
        <div key={pair.key}>
          <div className={invalid ? 'in err' : 'in'}>
            <input type="text" aria-label={`Name ${index + 1}`} value={pair.name} placeholder="name" onChange={(event) => change(pair.key, { name: event.target.value })} />
          </div>
          <Tokens
            id={`${id}-${pair.key}`}
            label={`Values ${index + 1}`}
            values={pair.values}
            invalid={invalid}
            describedBy={undefined}
            placeholder="value, Enter adds one"
            onChange={(values) => change(pair.key, { values })}
          />
          <button
            type="button"
            className="btn ghost ico"
            aria-label={`Remove ${pair.name === '' ? `line ${index + 1}` : pair.name}`}
            onClick={() => write(pairs.filter((entry) => entry.key !== pair.key))}
          >
            <X className="i" aria-hidden="true" />
          </button>
        </div>
      ))}
      <div style={{ display: 'block' }}>
        <button type="button" className="btn sm" onClick={() => setPairs([...pairs, { key: nextKey(), name: '', values: [] }])}>
          <Plus className="i s" aria-hidden="true" />
          Add {field.title.toLowerCase().replace(/s$/, '')}
        </button>
      </div>
    </fieldset>
  )
}
