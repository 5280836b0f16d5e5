import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Issued {
  cert: string
  key: string
}

export interface Wish {
  /** As OpenSSL writes it: `/O=Shop/CN=anna`. */
  subject: string
  issuer?: Issued
  /** `DNS:a.test,email:a@b.test`. */
  alternatives?: string
  /** An authority, with how many authorities may follow below it. */
  authority?: { pathLength?: number } | false
  /** Key and value of further extensions. */
  extensions?: string[]
  rsaBits?: number
  curve?: string
  hash?: 'sha1' | 'sha256'
}

/** Makes a certificate with OpenSSL, signed by `issuer` or by itself; good for a day. */
export function issue(wish: Wish): Issued {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-issue-'))
  const at = (name: string) => join(folder, name)
  const bound = wish.authority === false || wish.authority?.pathLength === undefined ? '' : `,pathlen:${wish.authority.pathLength}`
  const constraints = wish.authority === undefined || wish.authority === false ? 'critical,CA:FALSE' : `critical,CA:TRUE${bound}`
  const keyOptions = wish.rsaBits === undefined ? ['ec', '-pkeyopt', `ec_paramgen_curve:${wish.curve ?? 'prime256v1'}`] : [`rsa:${wish.rsaBits}`]
  const extensions = [`basicConstraints=${constraints}`, ...(wish.alternatives === undefined ? [] : [`subjectAltName=${wish.alternatives}`]), ...(wish.extensions ?? [])]
  try {
    const signer: string[] = []
    if (wish.issuer !== undefined) {
      writeFileSync(at('ca.pem'), wish.issuer.cert)
      writeFileSync(at('ca.key'), wish.issuer.key)
      signer.push('-CA', at('ca.pem'), '-CAkey', at('ca.key'))
    }
    const args = [
      'req',
      '-x509',
      '-utf8',
      '-newkey',
      ...keyOptions,
      '-nodes',
      `-${wish.hash ?? 'sha256'}`,
      '-days',
      '1',
      '-subj',
      wish.subject,
      ...signer,
      ...extensions.flatMap((text) => ['-addext', text]),
    ]
    execFileSync('openssl', [...args, '-keyout', at('key.pem'), '-out', at('cert.pem')], { stdio: 'pipe' })
    return { cert: readFileSync(at('cert.pem'), 'utf8'), key: readFileSync(at('key.pem'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
