/** What a list shows, as its address says it: `?q=orders&sort=-updated_at&tag=core`. */
export interface TableState {
  /** Free text, or empty. */
  q: string
  sort: { field: string; order: 'asc' | 'desc' } | null
  /** Values by the name of the filter. */
  filters: Readonly<Record<string, string>>
}

/** Which names a list understands in its address. All others belong to the page and stay as they are. */
export interface TableNames {
  filters: readonly string[]
  sorts: readonly string[]
}

export const TEXT_LENGTH_MAX = 256

interface Params {
  get(name: string): string | null
}

/** Reads an address; what the list does not know, such as a field it cannot sort by, counts as not said. */
export function readTableState(params: Params, names: TableNames): TableState {
  const sort = params.get('sort') ?? ''
  const field = sort.replace(/^-/, '')
  const filters: Record<string, string> = {}
  for (const name of names.filters) {
    const value = params.get(name)?.trim() ?? ''
    if (value !== '') filters[name] = value.slice(0, TEXT_LENGTH_MAX)
  }
  return {
    q: (params.get('q') ?? '').slice(0, TEXT_LENGTH_MAX),
    sort: names.sorts.includes(field) ? { field, order: sort.startsWith('-') ? 'desc' : 'asc' } : null,
    filters,
  }
}

/** The address of a state as a query with its `?`, or empty; parameters of the page are kept. */
export function writeTableState(current: string, state: TableState, names: TableNames): string {
  const params = new URLSearchParams(current)
  for (const name of ['q', 'sort', ...names.filters]) params.delete(name)
  if (state.q !== '') params.set('q', state.q)
  if (state.sort !== null) params.set('sort', `${state.sort.order === 'desc' ? '-' : ''}${state.sort.field}`)
  for (const [name, value] of Object.entries(state.filters)) params.set(name, value)
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

/** A head is pressed: up, down, and then as the list comes. */
export function nextSort(sort: TableState['sort'], field: string): TableState['sort'] {
  if (sort?.field !== field) return { field, order: 'asc' }
  return sort.order === 'asc' ? { field, order: 'desc' } : null
}

export function withFilter(state: TableState, name: string, value: string): TableState {
  return { ...state, filters: { ...state.filters, [name]: value } }
}

export function withoutFilter(state: TableState, name: string): TableState {
  const { [name]: _, ...filters } = state.filters
  return { ...state, filters }
}

export function isNarrowed(state: TableState): boolean {
  return state.q.trim() !== '' || Object.keys(state.filters).length > 0
}

/**
 * Takes the finished filters out of what is typed: in `tag:core charge` the first word is one. The last word is finished only
 * by a space or by Enter, which `isDone` says; a name that is no filter stays text.
 */
export function readTyped(text: string, filters: readonly string[], isDone: boolean): { found: { name: string; value: string }[]; rest: string } {
  const found: { name: string; value: string }[] = []
  const rest = text.replaceAll(/(^|\s)([a-z_]+):("[^"]+"|[^\s"]+)(?=(\s|$))/g, (whole, _before: string, name: string, value: string, after: string) => {
    if (!filters.includes(name) || (after === '' && !isDone)) return whole
    found.push({ name, value: value.replaceAll('"', '') })
    return ''
  })
  return { found, rest: found.length === 0 ? text : rest.replaceAll(/\s+/g, ' ').trimStart() }
}
