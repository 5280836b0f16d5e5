'use client'

import { Toaster } from 'sonner'

/** At most three toasts, bottom right; they pause while the pointer or the focus is on them. */
export function Toasts() {
  return <Toaster position="bottom-right" visibleToasts={3} toastOptions={{ unstyled: true, classNames: { toast: 'toast' } }} />
}
