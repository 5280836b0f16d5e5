import type { X509Certificate } from 'node:crypto'

/** What a certificate says of who has it. */
export interface CertificateNames {
  /** RFC 4514, most specific first; ASCII alone. */
  dn: string
  /** The last common name, null where there is none. */
  commonName: string | null
  /** Alternative names without their kind: DNS, e-mail, URI, IP. */
  alternatives: readonly string[]
}

/** RFC 4514 2.4: what is special in a DN, and every byte that is not printable ASCII, as `\xx`. */
function escapeValue(value: string): string {
  return [...Buffer.from(value, 'utf8')]
    .map((byte, index, all) => {
      const character = String.fromCharCode(byte)
      if (byte < 0x20 || byte > 0x7e) return `\\${byte.toString(16).padStart(2, '0')}`
      const isOuter = (character === ' ' && (index === 0 || index === all.length - 1)) || (character === '#' && index === 0)
      return isOuter || '"+,;<>\\='.includes(character) ? `\\${character}` : character
    })
    .join('')
}

/** Node.js writes a subject as lines `NAME=value`, several of one entry joined by ` + `, with what is special in a value escaped by `\`. */
function pairsOf(subject: string | undefined): { name: string; value: string }[] {
  return (subject ?? '').split('\n').flatMap((line) => {
    const equals = line.indexOf('=')
    return equals < 0 ? [] : [{ name: line.slice(0, equals), value: line.slice(equals + 1).replaceAll(/\\(.)/g, '$1') }]
  })
}

const KINDS = /^(?:DNS|email|URI|IP Address):/

/** Entries are parted by commas; one with a comma or the like in it stands in quotes, as a JSON text. */
function alternativesOf(text: string | undefined): string[] {
  const entries = text?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return entries.flatMap((entry) => {
    const trimmed = entry.trim()
    const kind = KINDS.exec(trimmed)
    if (kind === null) return []
    const value = trimmed.slice(kind[0].length)
    return [value.startsWith('"') ? (JSON.parse(value) as string) : value]
  })
}

export function namesOf(certificate: X509Certificate): CertificateNames {
  const pairs = pairsOf(certificate.subject)
  return {
    dn: pairs
      .map(({ name, value }) => `${name}=${escapeValue(value)}`)
      .reverse()
      .join(','),
    commonName: pairs.findLast(({ name }) => name === 'CN')?.value ?? null,
    alternatives: alternativesOf(certificate.subjectAltName),
  }
}
