'use client'

import { useEffect, useState } from 'react'

/** True once `active` has lasted for `delayMs`: what is over sooner should not flicker. */
export function useLater(active: boolean, delayMs = 200): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!active) return setLate(false)
    const timer = setTimeout(() => setLate(true), delayMs)
    return () => clearTimeout(timer)
  }, [active, delayMs])
  return active && late
}
