const ONE_RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/i

/** One range of bytes: first and last included. */
export interface ByteRange {
  first: number
  last: number
}

/** The range that a Range field asks of so many bytes (RFC 9110 14.1.2). Null: the whole answer, for another unit, several ranges or none. */
export function readRange(field: string, length: number): ByteRange | 'unsatisfiable' | null {
  const match = ONE_RANGE.exec(field)
  if (match === null) return null
  const [, from = '', to = ''] = match
  if (from === '') {
    if (to === '') return null
    const suffix = Math.min(Number(to), length)
    return suffix === 0 ? 'unsatisfiable' : { first: length - suffix, last: length - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return null
  return first >= length ? 'unsatisfiable' : { first, last: to === '' ? length - 1 : Math.min(Number(to), length - 1) }
}
