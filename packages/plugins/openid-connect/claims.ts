/** What is said of a caller, by a token or by the provider. */
export type Claims = Readonly<Record<string, unknown>>

/** The value at a path, undefined where there is none. Nothing that objects inherit counts. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** Texts of a claim: those of a list, or the parts of one text between blanks (RFC 6749 3.3). */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((text) => text !== '')
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}

/** Kong's rule: one of the entries is enough; of an entry with blanks in it every part is needed. */
export function meets(required: readonly string[], present: readonly string[]): boolean {
  const has = new Set(present)
  return required.some((entry) => has.has(entry) || entry.split(' ').every((part) => part === '' || has.has(part)))
}

/** A claim as a field value: UTF-8, one character per byte; what is no text or number as base64 of its JSON. Null where there is nothing to say. */
export function headerOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  const text = typeof value === 'string' ? value : typeof value === 'object' ? Buffer.from(JSON.stringify(value)).toString('base64') : String(value)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no field value may have them.
  return /[\x00-\x1f\x7f]/.test(text) ? null : Buffer.from(text, 'utf8').toString('latin1')
}
