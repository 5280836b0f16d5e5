'use client'

import { useEffect, useState } from 'react'

/** Whether the page can be seen. A hidden one lets go of its streams, because a browser opens only six connections to one origin. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(true)
  useEffect(() => {
    const read = () => setVisible(document.visibilityState === 'visible')
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [])
  return visible
}
