'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { Dialog } from '../dialog.tsx'

/** The page a click would lead to, where it stays in this dashboard and in this tab. */
function destinationOf(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || (link.target !== '' && link.target !== '_self')) return null
  if (link.pathname === location.pathname && link.search === location.search) return null
  return link.pathname + link.search + link.hash
}

/** While there is something unsaved, a link asks first; closing or reloading the page asks in the browser's own words. */
export function UnsavedGuard({ active }: { active: boolean }) {
  const router = useRouter()
  const [wanted, setWanted] = useState<string | null>(null)
  useEffect(() => {
    if (!active) return
    const leave = (event: BeforeUnloadEvent) => event.preventDefault()
    const click = (event: MouseEvent) => {
      const destination = destinationOf(event)
      if (destination === null) return
      event.preventDefault()
      event.stopPropagation()
      setWanted(destination)
    }
    addEventListener('beforeunload', leave)
    document.addEventListener('click', click, { capture: true })
    return () => {
      removeEventListener('beforeunload', leave)
      document.removeEventListener('click', click, { capture: true })
    }
  }, [active])
  return (
    <Dialog open={wanted !== null} onOpenChange={() => setWanted(null)} title="Leave without saving?">
      <p className="i2">What you changed on this page is not saved.</p>
      <div className="acts">
        <button type="button" className="btn" onClick={() => setWanted(null)}>
          Stay
        </button>
        <button
          type="button"
          className="btn danger"
          onClick={() => {
            if (wanted !== null) router.push(wanted)
            setWanted(null)
          }}
        >
          Leave
        </button>
      </div>
    </Dialog>
  )
}
