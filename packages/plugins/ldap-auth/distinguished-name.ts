/** RFC 4514 2.4: what has a meaning in a DN, wherever it stands. */
const SPECIAL = new Set('\\"+,;<>=')

/** One value of a DN, such that it is one value whatever is in it. */
export function escapeValue(value: string): string {
  const last = value.length - 1
  let escaped = ''
  for (let at = 0; at <= last; at += 1) {
    const character = value.charAt(at)
    const isOuter = (character === ' ' && (at === 0 || at === last)) || (character === '#' && at === 0)
    if (character === '\0') escaped += '\\00'
    else escaped += isOuter || SPECIAL.has(character) ? `\\${character}` : character
  }
  return escaped
}
