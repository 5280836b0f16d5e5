/** A media type with its parameters, as Content-Type has them (RFC 9110 8.3). Names are in lower case. */
export interface MediaType {
  type: string
  subtype: string
  /** `charset=utf-8`, sorted. */
  parameters: readonly string[]
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const TYPE = new RegExp(`^(${TOKEN})/(${TOKEN})$`)
const PARAMETER = new RegExp(`^(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)")$`)
/** Characters of a Content-Type that is looked at. */
const LENGTH_MAX = 1_024

/** Null for what is no media type. The value of `charset` has no case; those of other parameters have. */
export function parseMediaType(text: string): MediaType | null {
  if (text.length > LENGTH_MAX) return null
  const [essence = '', ...rest] = text.split(';').map((part) => part.trim())
  const names = TYPE.exec(essence)
  if (names === null) return null
  const parameters: string[] = []
  for (const part of rest) {
    if (part === '') continue
    const found = PARAMETER.exec(part)
    if (found === null) return null
    const name = String(found[1]).toLowerCase()
    const value = found[2] ?? found[3] ?? ''
    parameters.push(`${name}=${name === 'charset' ? value.toLowerCase() : value}`)
  }
  return { type: String(names[1]).toLowerCase(), subtype: String(names[2]).toLowerCase(), parameters: parameters.sort() }
}

/** True where `given` is one that `allowed` names; `*` stands for any type or subtype. */
export function fitsMediaType(given: MediaType, allowed: MediaType, comparesParameters: boolean): boolean {
  if (allowed.type !== '*' && allowed.type !== given.type) return false
  if (allowed.subtype !== '*' && allowed.subtype !== given.subtype) return false
  return !comparesParameters || allowed.parameters.join(';') === given.parameters.join(';')
}

export function isJson({ type, subtype }: MediaType): boolean {
  return type === 'application' && (subtype === 'json' || subtype.endsWith('+json'))
}
