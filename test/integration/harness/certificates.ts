import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  cert: string
  key: string
}

/** Makes a certificate for these names with OpenSSL: signed by itself, or by `issuer`. Valid for a day. */
export function makeCertificate(names: string[], issuer?: Certificate): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cert-'))
  const at = (name: string) => join(folder, name)
  try {
    const alternatives = names.map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',')
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', `/CN=${names[0] ?? 'none'}`]
    if (issuer === undefined) args.push('-addext', 'basicConstraints=critical,CA:TRUE')
    else {
      writeFileSync(at('ca.pem'), issuer.cert)
      writeFileSync(at('ca.key'), issuer.key)
      args.push('-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=CA:FALSE')
    }
    execFileSync('openssl', [...args, '-addext', `subjectAltName=${alternatives}`, '-keyout', at('key.pem'), '-out', at('cert.pem')], { stdio: 'pipe' })
    return { cert: readFileSync(at('cert.pem'), 'utf8'), key: readFileSync(at('key.pem'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
