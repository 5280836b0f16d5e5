import { useEffect } from 'react'

/** `/` goes to the search, except where one is writing already. */
export function useSlash(focus: () => void) {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const { target } = event
      const writes = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || writes || document.querySelector('[role="dialog"]') !== null) return
      event.preventDefault()
      focus()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
}
