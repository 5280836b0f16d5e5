'use client'

import { useSearchParams } from 'next/navigation'
import { useCallback } from 'react'

/**
 * One choice of a page that lives in its address, so that a link shows a colleague the same thing. The first option is meant where the
 * address has none, and is left out of it. Nothing is fetched for it: the page is the same.
 */
export function useAddressChoice(name: string, options: readonly string[]): [string, (value: string) => void] {
  const value = useSearchParams().get(name)
  const first = options[0] ?? ''
  const choose = useCallback(
    (next: string) => {
      const query = new URLSearchParams(location.search)
      if (next === first) query.delete(name)
      else query.set(name, next)
      const text = query.toString()
      history.replaceState(null, '', text === '' ? location.pathname : `${location.pathname}?${text}`)
    },
    [name, first],
  )
  return [value !== null && options.includes(value) ? value : first, choose]
}
