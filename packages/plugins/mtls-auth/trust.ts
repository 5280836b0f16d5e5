import { X509Certificate } from 'node:crypto'
import { type Extension, extensionsOf, pathLengthOf } from './extensions.ts'

const BASIC_CONSTRAINTS = '2.5.29.19'
/** Critical extensions whose meaning is kept to here; RFC 5280 4.2: a certificate with any other is refused. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  BASIC_CONSTRAINTS,
  // keyUsage: OpenSSL looks at it where one certificate is said to have issued another.
  '2.5.29.15',
  // extKeyUsage
  '2.5.29.37',
  // subjectAltName
  '2.5.29.17',
  // subjectKeyIdentifier and authorityKeyIdentifier
  '2.5.29.14',
  '2.5.29.35',
])
/** clientAuth, and any. RFC 5280 4.2.1.12. */
const FOR_CLIENTS: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'])
/** Certificates from the caller's to the last. */
const PATH_LENGTH_MAX = 8
const RSA_BITS_MIN = 2048
/** NIST SP 800-186 of 256 bits and more. */
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
/** Signatures over these hashes can be made to fit another certificate. That of a root is its own and proves nothing. */
const BROKEN_HASH = /md[245]|sha1(?!\d)/i

interface Link {
  certificate: X509Certificate
  der: Uint8Array
  extensions: Extension[]
}

/** Times between which a chain is good, in Unix milliseconds. */
export interface Trusted {
  leaf: X509Certificate
  fromMs: number
  toMs: number
}

const linkOf = (source: string | Uint8Array): Link => {
  const certificate = new X509Certificate(source)
  return { certificate, der: certificate.raw, extensions: extensionsOf(certificate.raw) }
}

const isSelfIssued = ({ certificate }: Link) => certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)

function isIssuedBy({ certificate }: Link, issuer: Link): boolean {
  return certificate.checkIssued(issuer.certificate) && certificate.verify(issuer.certificate.publicKey)
}

/** Whether it may have issued a certificate below which `authorities` more follow before the caller's. */
function mayIssue({ certificate, extensions }: Link, authorities: number): boolean {
  if (!certificate.ca) return false
  const basic = extensions.find(({ oid }) => oid === BASIC_CONSTRAINTS)
  const bound = basic === undefined ? null : pathLengthOf(basic.value)
  return bound === null || authorities <= bound
}

function isStrong({ certificate }: Link): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
  if (type === 'rsa' || type === 'rsa-pss') return (details?.modulusLength ?? 0) >= RSA_BITS_MIN
  return type === 'ec' ? CURVES.has(details?.namedCurve ?? '') : type === 'ed25519' || type === 'ed448'
}

/** RSA-PSS names its hash in parameters, which are not looked at here. A signature that has no name is not believed. */
const isWellSigned = (link: Link) => isSelfIssued(link) || !BROKEN_HASH.test(link.certificate.signatureAlgorithm ?? 'md5')

const isUnderstood = ({ extensions }: Link) => extensions.every(({ oid, critical }) => !critical || UNDERSTOOD.has(oid))

function isForClients({ certificate }: Link): boolean {
  const uses = certificate.keyUsage as readonly string[] | undefined
  return uses === undefined || uses.length === 0 || uses.some((use) => FOR_CLIENTS.has(use))
}

/**
 * Says whether the certificates that clients show lead to one of a list of authorities: RFC 5280 6.1 without policies, names and revocation.
 * What is critical in a certificate and not understood here, such as constraints of names, makes it untrusted.
 */
export class TrustAnchors {
  readonly #anchors: readonly Link[]
  readonly #partial: boolean

  /** `pems`: one certificate each. With `partial` those count as well that have not issued themselves. Throws where one cannot be read. */
  constructor(pems: readonly string[], partial: boolean) {
    this.#anchors = pems.map(linkOf)
    this.#partial = partial
  }

  /** The caller's certificate with the times between which it is good, or null where nobody who is trusted has issued it. */
  trust(chain: readonly Uint8Array[]): Trusted | null {
    try {
      const [leaf, ...others] = chain.map(linkOf)
      if (leaf === undefined || !isForClients(leaf)) return null
      const path = this.#extend([leaf], others)
      return path === null || !path.every((link) => isStrong(link) && isWellSigned(link) && isUnderstood(link)) ? null : spanOf(path)
    } catch {
      return null
    }
  }

  /** The path on to an anchor: through listed authorities, else through the next that the client sent, so that nobody makes us search. */
  #extend(path: readonly Link[], others: readonly Link[]): readonly Link[] | null {
    const last = path.at(-1) as Link
    const present = this.#anchors.find(({ der }) => Buffer.compare(der, last.der) === 0)
    if (present !== undefined && this.#isEnd(present)) return path
    if (path.length > PATH_LENGTH_MAX) return null
    const issues = (candidate: Link) => candidate !== present && mayIssue(candidate, path.length - 1) && isIssuedBy(last, candidate)
    for (const anchor of this.#anchors) {
      if (path.includes(anchor) || !issues(anchor)) continue
      const further = this.#isEnd(anchor) ? [...path, anchor] : this.#extend([...path, anchor], others)
      if (further !== null) return further
    }
    const [next, ...rest] = others
    return next !== undefined && issues(next) ? this.#extend([...path, next], rest) : null
  }

  #isEnd(anchor: Link): boolean {
    return this.#partial || isSelfIssued(anchor)
  }
}

function spanOf(path: readonly Link[]): Trusted {
  const from = path.map(({ certificate }) => certificate.validFromDate.getTime())
  const to = path.map(({ certificate }) => certificate.validToDate.getTime())
  return { leaf: (path[0] as Link).certificate, fromMs: Math.max(...from), toMs: Math.min(...to) }
}
