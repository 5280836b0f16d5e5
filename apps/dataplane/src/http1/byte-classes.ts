export const CR = 13
export const LF = 10
export const SP = 32
export const TAB = 9
export const COLON = 58

/** RFC 9110 5.6.2: bytes of a token, so of methods, field names, options. */
export const TOKEN = 1
/** RFC 9110 5.5: bytes of a field value with its blanks: HTAB, SP, VCHAR and obs-text. */
export const VALUE = 2
/** RFC 9112 3.2: bytes of a request target: visible ASCII without `#`, which no target may have. */
export const TARGET = 4
export const DIGIT = 8
export const HEX = 16

function classesOf(byte: number): number {
  const character = String.fromCharCode(byte)
  let classes = 0
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(character)) classes |= TOKEN
  if (byte === TAB || (byte >= SP && byte !== 127)) classes |= VALUE
  if (byte > SP && byte < 127 && character !== '#') classes |= TARGET
  if (/[0-9]/.test(character)) classes |= DIGIT
  if (/[0-9A-Fa-f]/.test(character)) classes |= HEX
  return classes
}

/** What each byte may be part of: one look-up in place of several comparisons. */
export const BYTE_CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => classesOf(byte))

/** Whether each character of `text` is a byte of `byteClass`; characters above U+00FF are none. An empty text is not. */
export function isMadeOf(text: string, byteClass: number): boolean {
  for (let index = 0; index < text.length; index++) if (((BYTE_CLASSES[text.charCodeAt(index)] ?? 0) & byteClass) === 0) return false
  return text.length > 0
}
