import { createSecureContext, type SecureContext } from 'node:tls'
import type { Issue, SnapshotEntity } from '@sluice/shared/snapshot'

/** Contexts of the certificates of a revision by server name; a certificate that OpenSSL refuses is an issue. */
export function compileCertificates(entities: readonly SnapshotEntity[]): { find(servername: string): SecureContext | null; issues: Issue[] } {
  const issues: Issue[] = []
  const contexts = new Map<string, SecureContext>()
  for (const { type, entity } of entities) {
    if (type !== 'certificate') continue
    try {
      contexts.set(
        entity.id,
        createSecureContext({
          cert: [entity.cert, entity.cert_alt].filter((pem) => typeof pem === 'string'),
          key: [entity.key, entity.key_alt].filter((pem) => typeof pem === 'string'),
        }),
      )
    } catch (error) {
      issues.push({ path: `certificates[${entity.id}].key`, message: `certificate and key cannot be used: ${error instanceof Error ? error.message : String(error)}` })
    }
  }
  const byName = new Map<string, SecureContext>()
  for (const { type, entity } of entities) {
    const context = type === 'sni' ? contexts.get((entity.certificate as { id: string }).id) : undefined
    if (context !== undefined) byName.set(String(entity.name).toLowerCase(), context)
  }
  return { issues, find: (servername) => findByName(byName, servername.toLowerCase().replace(/\.$/, '')) }
}

/** The exact name, then a wildcard for its first label, then one for its last, then `*`. */
function findByName(byName: ReadonlyMap<string, SecureContext>, name: string): SecureContext | null {
  const labels = name.split('.')
  return byName.get(name) ?? byName.get(['*', ...labels.slice(1)].join('.')) ?? byName.get([...labels.slice(0, -1), '*'].join('.')) ?? byName.get('*') ?? null
}
