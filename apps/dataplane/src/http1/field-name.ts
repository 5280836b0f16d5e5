import { ownText } from './own-text.ts'

/** One step of the hash of a field name; `| 0x20` takes the case away from letters. What it confuses besides, the comparison of the name tells apart. */
export const nextHash = (hash: number, byte: number): number => (Math.imul(hash, 31) + (byte | 0x20)) | 0

/** The hash of a field name, the same for every case of its letters. Not safe against chosen collisions: always compare the name too. */
export function hashOfName(name: string): number {
  let hash = 0
  for (let index = 0; index < name.length; index++) hash = nextHash(hash, name.charCodeAt(index))
  return hash
}

/** The bit of a hash in a mask over the fields of a message: where it is missing, no field has that name. */
export const bitOf = (hash: number): number => 1 << (hash & 31)

/** Whether `text` from `start` to `end` is `lowerCaseName`, whatever its case. */
export function isName(text: string, start: number, end: number, lowerCaseName: string): boolean {
  if (end - start !== lowerCaseName.length) return false
  for (let index = 0; index < lowerCaseName.length; index++) {
    const code = text.charCodeAt(start + index)
    if ((code >= 65 && code <= 90 ? code | 0x20 : code) !== lowerCaseName.charCodeAt(index)) return false
  }
  return true
}

/** A name as it is looked for. */
export interface FieldName {
  lower: string
  hash: number
  /** It is a token (RFC 9110 5.1), so a line can begin with it. */
  isLegal: boolean
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Names that were looked for: code and configuration ask for the same few. Bounded, since some names may come from requests. */
const names = new Map<string, FieldName>()
const NAMES_MAX = 1_024
/** Longer ones are nobody's usual question. */
const KEPT_LENGTH_MAX = 64

/** Lower case and hash of a name, made once. */
export function fieldNameOf(name: string): FieldName {
  const known = names.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase()
  const own = ownText(name)
  if (name.length > KEPT_LENGTH_MAX || own !== name) return { lower, hash: hashOfName(lower), isLegal: TOKEN.test(name) }
  const made = { lower: own.toLowerCase(), hash: hashOfName(lower), isLegal: TOKEN.test(own) }
  if (names.size === NAMES_MAX) names.clear()
  names.set(own, made)
  return made
}
