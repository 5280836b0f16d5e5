/** RFC 3986 reserved characters, and `%`: a percent-encoded one of these stays encoded, since decoding would change the meaning. */
const RESERVED = new Set("!*'();:@&=+$,/?%#[]")

function decodeUnreserved(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(/%([0-9a-fA-F]{2})/g, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return RESERVED.has(character) ? encoded.toUpperCase() : character
  })
}

/** RFC 3986 5.2.4, remove_dot_segments. */
function removeDotSegments(path: string): string {
  if (!path.includes('/.') && !path.startsWith('.')) return path
  const output: string[] = []
  const segments = path.split('/')
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..') {
      if (output.length > 1) output.pop()
      if (isLast) output.push('')
    } else if (segment === '.') {
      if (isLast) output.push('')
    } else output.push(segment)
  }
  const joined = output.join('/')
  return joined === '' && path.startsWith('/') ? '/' : joined
}

/** 1 for what stays as it is anywhere in a path: unreserved characters (RFC 3986 2.3) and the sub-delimiters that need no escape. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9\-_~!$&'()*+,:;=@]/.test(String.fromCharCode(code)) ? 1 : 0))
const SLASH = 47
const DOT = 46

/**
 * True for a path that is its own normal form and needs no escape: segments of plain characters, none of which begins with a dot, with single
 * slashes between. One look at each character, where the general way costs several passes; most paths are such.
 */
export function isPlainPath(path: string): boolean {
  let before = 0
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index)
    if (code === SLASH ? before === SLASH : code === DOT ? before === SLASH : PLAIN[code] !== 1) return false
    before = code
  }
  return path.charCodeAt(0) === SLASH
}

/**
 * The path that routes are matched against, from the raw one without query (one character per byte). As Kong: percent-decode once all
 * but reserved bytes, remove dot segments, then merge slashes.
 */
export function normalizePath(path: string, options: { mergeSlashes: boolean } = { mergeSlashes: true }): string {
  const clean = removeDotSegments(decodeUnreserved(path))
  return options.mergeSlashes && clean.includes('//') ? clean.replace(/\/{2,}/g, '/') : clean
}

const NEEDS_ESCAPE = /[^!#$%&'()*+,/:;=?@[\]A-Za-z0-9\-_.~]/g

/** Writes a normalised path (one character per byte) on a request line: everything but RFC 3986 characters is percent-encoded. */
export function escapePath(path: string): string {
  if (isPlainPath(path)) return path
  return path.replace(NEEDS_ESCAPE, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** True where the raw path would leave the root (`/..`, `/a/../..`, also percent-encoded); such a request is answered 400. */
export function leavesRoot(rawPath: string): boolean {
  if (!rawPath.includes('.') && !/%2e/i.test(rawPath)) return false
  let depth = 0
  for (const segment of rawPath.split(/\/+/)) {
    const plain = segment.replace(/%2e/gi, '.')
    if (plain === '..') depth -= 1
    else if (plain !== '.' && plain !== '') depth += 1
    if (depth < 0) return true
  }
  return false
}

/** False where a `%` is not followed by two hex digits. */
export function hasWholeEscapes(rawPath: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(rawPath)
}

/** Kong's traditional_compatible router matches only paths that are valid UTF-8 once decoded. `path` has one character per byte. */
export function isUtf8(path: string): boolean {
  if (isPlainPath(path)) return true
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is.
  if (/^[\x00-\x7f]*$/.test(path)) return true
  const bytes = Uint8Array.from(path, (character) => character.charCodeAt(0))
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
