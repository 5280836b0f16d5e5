'use client'

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'

interface Crosshair {
  /** The moment under the pointer, in Unix seconds; null while it is on no chart. */
  at: number | null
  move: (at: number | null) => void
}

const CrosshairContext = createContext<Crosshair>({ at: null, move: () => {} })

/** All charts inside show the same moment. */
export function CrosshairProvider({ children }: { children: ReactNode }) {
  const [at, move] = useState<number | null>(null)
  const crosshair = useMemo(() => ({ at, move }), [at])
  return <CrosshairContext value={crosshair}>{children}</CrosshairContext>
}

export function useCrosshair(): Crosshair {
  return useContext(CrosshairContext)
}
