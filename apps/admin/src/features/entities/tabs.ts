/** The tab that an address asks for; the first one where it asks for none, or for one that is not there. */
export function chosenTab<T extends { id: string }>(tabs: readonly T[], wanted: string | null): T | null {
  return tabs.find((tab) => tab.id === wanted) ?? tabs[0] ?? null
}

/** The address of a tab. The first one has the shortest, and what a list kept in the address belongs to its own tab. */
export function tabHref(pathname: string, tabs: readonly { id: string }[], id: string): string {
  return tabs[0]?.id === id ? pathname : `${pathname}?tab=${encodeURIComponent(id)}`
}
