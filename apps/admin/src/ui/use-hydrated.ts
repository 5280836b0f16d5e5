'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** False in the page as the server sent it. A form that is submitted before its script runs would load the page again and lose what was typed. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
