import { formatIssuePath, type Issue } from '../snapshot.ts'

/** PostgreSQL keeps no NUL, and half of a surrogate pair has no UTF-8 form: such text would come back as another one, with another hash. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()

/** Where in a JSON value there is text that cannot be kept as it is. */
export function textIssues(value: unknown, path: readonly PropertyKey[] = []): Issue[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [{ path: formatIssuePath(path), message: 'has a NUL or half of a surrogate pair, which cannot be stored' }]
  if (Array.isArray(value)) return value.flatMap((item, index) => textIssues(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [...textIssues(key, path), ...textIssues(item, [...path, key])])
}
