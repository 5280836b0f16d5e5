export const VALUE_TYPES = ['string', 'number', 'boolean'] as const
export type ValueType = (typeof VALUE_TYPES)[number]

/** Name and value of `name:value`; the first colon parts them. */
export function splitEntry(entry: string): { name: string; value: string } {
  const colon = entry.indexOf(':')
  return colon < 0 ? { name: entry, value: '' } : { name: entry.slice(0, colon), value: entry.slice(colon + 1) }
}

/** The value of a JSON member; undefined where the text is none of that type. */
export function typedValue(text: string, type: ValueType): string | number | boolean | undefined {
  if (type === 'string') return text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  const value = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
