/** An address as the numbers that are compared: one of 32 bits for IPv4, two of 64 bits for IPv6. */
type Address = { family: 4; value: number } | { family: 6; value: bigint }

const OCTET_MAX = 255
const GROUPS = 8
const V4_BITS = 32
const V6_BITS = 128
/** First 96 bits of IPv4-mapped IPv6 addresses (RFC 4291 2.5.5.2), as a number. */
const MAPPED_PREFIX = 0xffffn
const V4_MASK = 0xffff_ffffn

function parseIpv4(text: string): number | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0
  for (const part of parts) {
    // A leading zero is octal to some readers and decimal to others: it is no address here.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > OCTET_MAX) return null
    value = value * 256 + Number(part)
  }
  return value
}

/** Groups of one side of `::`; null where one is none. A dotted quad may stand last. */
function parseGroups(text: string): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part)
      if (quad === null) return null
      groups.push(Math.floor(quad / 65_536), quad % 65_536)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

function parseIpv6(text: string): bigint | null {
  const sides = text.split('::')
  if (sides.length > 2) return null
  const [head, tail] = [parseGroups(sides[0] ?? ''), sides[1] === undefined ? [] : parseGroups(sides[1])]
  if (head === null || tail === null) return null
  // A dotted quad ends an address, so it cannot stand before `::`.
  if (sides.length === 2 && (sides[0] as string).includes('.')) return null
  const missing = GROUPS - head.length - tail.length
  if (sides.length === 2 ? missing < 1 : missing !== 0) return null
  return [...head, ...new Array<number>(missing).fill(0), ...tail].reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** Null where the text is no address. An IPv4 address that is mapped into IPv6 is the IPv4 address; a zone (`%eth0`) is passed over. */
function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = parseIpv4(text)
    return value === null ? null : { family: 4, value }
  }
  const zone = text.indexOf('%')
  const value = parseIpv6(zone < 0 ? text : text.slice(0, zone))
  if (value === null) return null
  return value >> 32n === MAPPED_PREFIX ? { family: 4, value: Number(value & V4_MASK) } : { family: 6, value }
}

type Range = { family: 4; first: number; last: number } | { family: 6; first: bigint; last: bigint }

/** First and last address of an entry such as `10.0.0.0/8`, `10.0.0.1` or `fe80::/10`; null where it is none. */
function parseRange(entry: string): Range | null {
  const slash = entry.indexOf('/')
  const text = slash < 0 ? entry : entry.slice(0, slash)
  if (text.includes('%')) return null
  const address = parseAddress(text)
  if (address === null) return null
  const prefixText = slash < 0 ? null : entry.slice(slash + 1)
  if (prefixText !== null && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return null
  const writtenBits = text.includes(':') ? V6_BITS : V4_BITS
  const prefix = prefixText === null ? writtenBits : Number(prefixText)
  if (prefix > writtenBits) return null
  if (address.family === 6) {
    const size = 1n << BigInt(V6_BITS - prefix)
    const first = address.value - (address.value % size)
    return { family: 6, first, last: first + size - 1n }
  }
  // Of a mapped range the last 32 bits count; one that is wider than those is a range of IPv6 that no client here is in.
  const bits = writtenBits === V6_BITS ? prefix - (V6_BITS - V4_BITS) : prefix
  if (bits < 0) return null
  const size = 2 ** (V4_BITS - bits)
  const first = address.value - (address.value % size)
  return { family: 4, first, last: first + size - 1 }
}

/** True where the text is an address or a range in CIDR notation. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== null
}

/** Ranges of one family, sorted and apart from each other: one binary search answers. */
class SortedRanges<N extends number | bigint> {
  readonly #first: N[] = []
  readonly #last: N[] = []

  constructor(ranges: { first: N; last: N }[]) {
    ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
    for (const { first, last } of ranges) {
      const end = this.#last.length - 1
      const previous = this.#last[end]
      if (previous === undefined || first > previous) {
        this.#first.push(first)
        this.#last.push(last)
      } else if (last > previous) this.#last[end] = last
    }
  }

  has(value: N): boolean {
    let low = 0
    let high = this.#first.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      if (value < (this.#first[middle] as N)) high = middle - 1
      else if (value > (this.#last[middle] as N)) low = middle + 1
      else return true
    }
    return false
  }
}

/** Addresses and ranges, compiled once; a look-up takes the logarithm of their number. */
export class AddressRanges {
  readonly #v4: SortedRanges<number>
  readonly #v6: SortedRanges<bigint>

  /** Throws where an entry is none. */
  constructor(entries: readonly string[]) {
    const v4: { first: number; last: number }[] = []
    const v6: { first: bigint; last: bigint }[] = []
    for (const entry of entries) {
      const range = parseRange(entry)
      if (range === null) throw new TypeError(`not an address or a range: ${entry}`)
      if (range.family === 4) v4.push(range)
      else v6.push(range)
    }
    this.#v4 = new SortedRanges(v4)
    this.#v6 = new SortedRanges(v6)
  }

  /** Null where the text is no address. */
  has(text: string): boolean | null {
    const address = parseAddress(text)
    if (address === null) return null
    return address.family === 4 ? this.#v4.has(address.value) : this.#v6.has(address.value)
  }
}
