'use client'

import { type KeyboardEvent, useEffect, useState } from 'react'
import { formatWeight, readWeight, weightAfterKey } from './weight-model.ts'

const STEPS = [-10, -1, 1, 10] as const
const WORDS: Record<(typeof STEPS)[number], string> = { '-10': 'Minus 10', '-1': 'Minus 1', '1': 'Plus 1', '10': 'Plus 10' }

function Step({ by, ghost, isLocked, onWish }: { by: (typeof STEPS)[number]; ghost: number; isLocked: boolean; onWish: (percentage: number) => void }) {
  return (
    <button type="button" className="btn" aria-label={WORDS[by]} disabled={isLocked || (by < 0 ? ghost === 0 : ghost === 100)} onClick={() => onWish(ghost + by)}>
      {by < 0 ? `−${-by}` : `+${by}`}
    </button>
  )
}

interface WeightFieldProps {
  label: string
  ghost: number
  isLocked: boolean
  onWish: (percentage: number) => void
  onDiscard: () => void
}

/** The weight as a number, with buttons: everything that the slider does, without dragging. Enter submits the form around it. */
export function WeightField({ label, ghost, isLocked, onWish, onDiscard }: WeightFieldProps) {
  const [text, setText] = useState(formatWeight(ghost))
  // What is being typed, such as "1.", stays as it is while it means the wish.
  useEffect(() => setText((current) => (readWeight(current) === ghost ? current : formatWeight(ghost))), [ghost])
  const isWrong = readWeight(text) === null
  const write = (next: string) => {
    setText(next)
    const value = readWeight(next)
    if (value !== null) onWish(value)
  }
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') {
      setText(formatWeight(ghost))
      return onDiscard()
    }
    // What is not a weight must not send the last one that was.
    if (event.key === 'Enter' && isWrong) return event.preventDefault()
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    onWish(weightAfterKey(ghost, event) ?? ghost)
  }
  return (
    <div className="ctl">
      <span className="btns">
        <Step by={-10} ghost={ghost} isLocked={isLocked} onWish={onWish} />
        <Step by={-1} ghost={ghost} isLocked={isLocked} onWish={onWish} />
      </span>
      <span className={isWrong ? 'in numf err' : 'in numf'}>
        <input
          type="text"
          inputMode="decimal"
          aria-label={label}
          aria-invalid={isWrong}
          autoComplete="off"
          value={text}
          readOnly={isLocked}
          onChange={(event) => write(event.target.value)}
          onFocus={(event) => event.target.select()}
          onBlur={() => setText(formatWeight(ghost))}
          onKeyDown={press}
        />
        <span className="unit" aria-hidden="true">
          %
        </span>
      </span>
      <span className="btns">
        <Step by={1} ghost={ghost} isLocked={isLocked} onWish={onWish} />
        <Step by={10} ghost={ghost} isLocked={isLocked} onWish={onWish} />
      </span>
    </div>
  )
}
