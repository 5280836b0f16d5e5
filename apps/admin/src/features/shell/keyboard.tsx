'use client'

import { Keyboard as KeyboardIcon } from 'lucide-react'
import { Switch } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../../ui/dialog.tsx'
import { GO_TO, KeySequence } from './shortcuts.ts'

const STORED_AS = 'sluice-shortcuts'

function readEnabled(): boolean {
  try {
    return localStorage.getItem(STORED_AS) !== 'off'
  } catch {
    // A browser may refuse storage; the choice then lasts as long as the page.
    return true
  }
}

function storeEnabled(enabled: boolean): void {
  try {
    localStorage.setItem(STORED_AS, enabled ? 'on' : 'off')
  } catch {
    // As above.
  }
}

/** Keys belong to the field that one writes in, to a dialog that is open, and to the browser where a modifier is held. */
function isForUs(event: KeyboardEvent): boolean {
  const { target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  if (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.getAttribute('role') === 'slider')) return false
  return document.querySelector('[role="dialog"], [role="menu"]') === null
}

function useKeys(enabled: boolean, onSheet: () => void): void {
  const sequence = useRef(new KeySequence())
  useEffect(() => {
    if (!enabled) return
    const press = (event: KeyboardEvent) => {
      if (!isForUs(event)) return
      const act = sequence.current.press(event.key, event.timeStamp)
      if (act === null) return
      event.preventDefault()
      if (act.kind === 'sheet') return onSheet()
      // The link itself is clicked, so that a form with unsaved changes is asked about as with the mouse.
      document.querySelector<HTMLAnchorElement>(`nav[aria-label="Main"] a[href="${act.href}"]`)?.click()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [enabled, onSheet])
}

function Keys({ keys, text }: { keys: readonly string[]; text: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  )
}

/** The keys of the console, and their sheet. Single keys can be turned off, as they get in the way of speech input. */
export function Keyboard() {
  const [open, setOpen] = useState(false)
  const [enabled, setEnabled] = useState(true)
  useEffect(() => setEnabled(readEnabled()), [])
  const show = useRef(() => setOpen(true))
  useKeys(enabled, show.current)
  const choose = (value: boolean) => {
    storeEnabled(value)
    setEnabled(value)
  }
  return (
    <>
      <button type="button" className="btn ghost ico hide-m" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={show.current}>
        <KeyboardIcon className="i" aria-hidden="true" />
      </button>
      <Dialog open={open} onOpenChange={setOpen} title="Keyboard shortcuts">
        <dl className="keys">
          {GO_TO.map(({ letter, href, label }) => (
            <Keys key={href} keys={['g', letter]} text={`Go to ${label}`} />
          ))}
          <Keys keys={['/']} text="Search the list" />
          <Keys keys={['↑', '↓']} text="Move among the rows of a list" />
          <Keys keys={['?']} text="This sheet" />
          <Keys keys={['Esc']} text="Close what is open" />
        </dl>
        <div className="row" style={{ marginTop: 16 }}>
          <Switch.Root className="switch" id="shortcuts" checked={enabled} onCheckedChange={choose} />
          <label htmlFor="shortcuts">Single keys g and ?</label>
        </div>
      </Dialog>
    </>
  )
}
