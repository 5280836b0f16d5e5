'use client'

import { Menu, X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { Account } from './account.tsx'
import { Navigation } from './navigation.tsx'

/** The sidebar on a phone. */
export function Drawer() {
  const [open, setOpen] = useState(false)
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="btn ghost ico show-m" aria-label="Menu" style={{ marginLeft: -8 }}>
        <Menu className="i" aria-hidden="true" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="drawer" aria-describedby={undefined}>
          <div className="row between">
            <Dialog.Title className="lead sb" style={{ padding: '0 10px' }}>
              Sluice
            </Dialog.Title>
            <Dialog.Close className="btn ghost ico" aria-label="Close">
              <X className="i" aria-hidden="true" />
            </Dialog.Close>
          </div>
          <Navigation onGo={() => setOpen(false)} />
          <div className="side-foot">
            <Account />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
