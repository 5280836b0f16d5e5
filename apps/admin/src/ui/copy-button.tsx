'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

const SAID_FOR_MS = 2_000

interface CopyButtonProps {
  text: string
  /** What is copied, for readers: `Copy the key`. */
  label: string
}

type Outcome = 'none' | 'copied' | 'refused'
const WORDS: Record<Outcome, string> = { none: 'Copy', copied: 'Copied', refused: 'Select and copy' }

/** Copies a text and says that it did. A browser allows it on https and on this machine only; elsewhere the button says what to do instead. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>('none')
  useEffect(() => {
    if (outcome === 'none') return
    const timer = setTimeout(() => setOutcome('none'), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      setOutcome('refused')
    }
  }
  const Icon = outcome === 'copied' ? Check : Copy
  return (
    <>
      <button type="button" className="btn sm" aria-label={label} onClick={() => void copy()}>
        <Icon className="i s" aria-hidden="true" />
        {WORDS[outcome]}
      </button>
      <span className="sr" role="status">
        {outcome === 'none' ? '' : WORDS[outcome]}
      </span>
    </>
  )
}
