'use client'

import { Check } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from 'sonner'

const UNDO_MS = 10_000
const TICK_MS = 250

function UndoToast({ id, text, undo }: { id: string | number; text: string; undo: () => void }) {
  const [left, setLeft] = useState(UNDO_MS)
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setInterval(() => setLeft((before) => before - TICK_MS), TICK_MS)
    return () => clearInterval(timer)
  }, [held])
  useEffect(() => {
    if (left <= 0) toast.dismiss(id)
  }, [left, id])
  const act = () => {
    toast.dismiss(id)
    undo()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer over it only holds the countdown; the button inside acts.
    <div className="undo" onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
      <Check className="i t-ok" aria-hidden="true" />
      <span className="grow" role="alert">
        {text}
      </span>
      <button type="button" className="btn sm" onClick={act}>
        Undo <span aria-hidden="true">{Math.max(1, Math.ceil(left / 1000))} s</span>
      </button>
    </div>
  )
}

/** Says what was done and takes it back within ten seconds. The time stands still while the pointer or the focus is on it. */
export function announceWithUndo(text: string, undo: () => void): void {
  toast.custom((id) => <UndoToast id={id} text={text} undo={undo} />, { duration: Number.POSITIVE_INFINITY })
}
