export const VALUE_TYPES = ['string', 'number', 'boolean'] as const
export type ValueType = (typeof VALUE_TYPES)[number]

/** The value of a JSON member; undefined where the text is none of that type. */
export function typedValue(text: string, type: ValueType): string | number | boolean | undefined {
  if (type === 'string') return text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  const value = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
