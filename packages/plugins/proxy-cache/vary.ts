import type { ReadFields } from './field-list.ts'

/** A field of the request that an answer depends on, with the value that it was made for. */
export type VaryValue = readonly [name: string, value: string]

/** Fields whose values are lists in which case and order mean nothing for the choice of an answer. */
const LISTS_WITHOUT_ORDER = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language'])

/** Names in Vary, in lower case and sorted; null for `*`, which matches no other request (RFC 9111 4.1). */
export function varyNames(headers: ReadFields): string[] | null {
  if (!headers.has('vary')) return []
  const names = headers
    .getAll('vary')
    .flatMap((line) => line.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  return names.includes('*') ? null : [...new Set(names)].sort()
}

/** The value of a field in the one form that all values of the same meaning have; lines are joined, blanks around commas are gone. */
export function normalValue(headers: ReadFields, name: string): string {
  if (!headers.has(name)) return '\0'
  const parts = headers
    .getAll(name)
    .join(',')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (!LISTS_WITHOUT_ORDER.has(name)) return parts.join(',')
  return parts
    .map((part) => part.toLowerCase().replaceAll(/\s*([;=])\s*/g, '$1'))
    .sort()
    .join(',')
}

export function varyValues(headers: ReadFields, names: readonly string[]): VaryValue[] {
  return names.map((name) => [name, normalValue(headers, name)])
}

/** Whether an answer that was made for these values is one for this request. */
export function matchesVary(values: readonly VaryValue[], headers: ReadFields): boolean {
  return values.every(([name, value]) => normalValue(headers, name) === value)
}
