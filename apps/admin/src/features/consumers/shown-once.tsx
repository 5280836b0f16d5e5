'use client'

import { KeyRound, X } from 'lucide-react'
import { CopyButton } from '../../ui/copy-button.tsx'

interface ShownOnceProps {
  /** `New key`. */
  label: string
  secret: string
  onClose: () => void
}

/** A secret the one time it can be seen. It is in the state of the page alone and gone with it. */
export function ShownOnce({ label, secret, onClose }: ShownOnceProps) {
  return (
    <div className="once">
      <div className="row between">
        <p className="b row">
          <KeyRound className="i s" aria-hidden="true" />
          {label}
        </p>
        <button type="button" className="btn ghost ico sm" aria-label="Hide it" onClick={onClose}>
          <X className="i s" aria-hidden="true" />
        </button>
      </div>
      <div className="code">
        {/* The role makes a label possible, and announces the value when it appears. */}
        <output className="grow" aria-label={label}>
          {secret}
        </output>
        <CopyButton text={secret} label="Copy it" />
      </div>
      <p className="small i2">Copy it now. It is stored so that it can be checked, and cannot be shown again.</p>
    </div>
  )
}
