/** One extension of an X.509 certificate: RFC 5280 4.1. */
export interface Extension {
  /** In dots, such as `2.5.29.19`. */
  oid: string
  critical: boolean
  /** DER of what it says. */
  value: Uint8Array
}

interface Element {
  tag: number
  from: number
  to: number
}

const SEQUENCE = 0x30
const OBJECT_ID = 0x06
const BOOLEAN = 0x01
const INTEGER = 0x02
const OCTETS = 0x04
/** `extensions [3]` of TBSCertificate. */
const EXTENSIONS = 0xa3

/** Thrown where bytes are no DER, or no certificate. */
export class MalformedCertificate extends Error {}

/** The element at `at`, which must end before `end`. Lengths of more than 4 bytes are refused: no certificate is that long. */
function elementAt(bytes: Uint8Array, at: number, end: number): Element {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new MalformedCertificate('it ends too early')
  if (first < 0x80) return bounded({ tag, from: at + 2, to: at + 2 + first }, end)
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new MalformedCertificate('a length is malformed')
  let length = 0
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[at + 2 + index] ?? 0)
  return bounded({ tag, from: at + 2 + count, to: at + 2 + count + length }, end)
}

function bounded(element: Element, end: number): Element {
  if (element.to > end) throw new MalformedCertificate('it ends too early')
  return element
}

function childrenOf(bytes: Uint8Array, { from, to }: Element): Element[] {
  const children: Element[] = []
  for (let at = from; at < to; ) {
    const child = elementAt(bytes, at, to)
    children.push(child)
    at = child.to
  }
  return children
}

function oidOf(bytes: Uint8Array, { from, to }: Element): string {
  const numbers: number[] = []
  let number = 0
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0
    number = number * 128 + (byte & 0x7f)
    if ((byte & 0x80) !== 0) continue
    numbers.push(number)
    number = 0
  }
  const first = numbers.shift() ?? 0
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...numbers].join('.')
}

/** The extensions of a certificate, none where it has none. Throws MalformedCertificate. */
export function extensionsOf(der: Uint8Array): Extension[] {
  const [body] = childrenOf(der, elementAt(der, 0, der.byteLength))
  if (body === undefined) throw new MalformedCertificate('it has no body')
  const wrapped = childrenOf(der, body).find(({ tag }) => tag === EXTENSIONS)
  const [list] = wrapped === undefined ? [] : childrenOf(der, wrapped)
  return list === undefined ? [] : childrenOf(der, list).map((element) => extensionOf(der, element))
}

function extensionOf(der: Uint8Array, element: Element): Extension {
  const parts = element.tag === SEQUENCE ? childrenOf(der, element) : []
  const oid = parts.find(({ tag }) => tag === OBJECT_ID)
  const value = parts.find(({ tag }) => tag === OCTETS)
  const critical = parts.find(({ tag }) => tag === BOOLEAN)
  if (oid === undefined || value === undefined) throw new MalformedCertificate('an extension is malformed')
  return { oid: oidOf(der, oid), critical: critical !== undefined && der[critical.from] !== 0, value: der.subarray(value.from, value.to) }
}

/** `pathLenConstraint` of BasicConstraints: how many authorities may follow below this one; null where that is not bounded. */
export function pathLengthOf(value: Uint8Array): number | null {
  const bound = childrenOf(value, elementAt(value, 0, value.byteLength)).find(({ tag }) => tag === INTEGER)
  if (bound === undefined) return null
  let length = 0
  for (let at = bound.from; at < bound.to; at += 1) length = length * 256 + (value[at] ?? 0)
  return length
}
