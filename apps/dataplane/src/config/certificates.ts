import { createSecureContext, type SecureContext } from 'node:tls'
import type { Issue, SnapshotEntity } from '@sluice/shared/snapshot'
import type { KeyPairs } from '../pipeline/compiled.ts'

const texts = (...values: unknown[]) => values.filter((value): value is string => typeof value === 'string')

export interface Certificates {
  find(servername: string): SecureContext | null
  /** The certificate of the SNI `*`, for clients that send no server name. */
  fallback: KeyPairs | null
  issues: Issue[]
}

/** Contexts of the certificates of a revision by server name; a certificate that OpenSSL refuses is an issue. */
export function compileCertificates(entities: readonly SnapshotEntity[]): Certificates {
  const issues: Issue[] = []
  const contexts = new Map<string, SecureContext>()
  const pairs = new Map<string, KeyPairs>()
  for (const { type, entity } of entities) {
    if (type !== 'certificate') continue
    try {
      const pair = { cert: texts(entity.cert, entity.cert_alt), key: texts(entity.key, entity.key_alt) }
      contexts.set(entity.id, createSecureContext(pair))
      pairs.set(entity.id, pair)
    } catch (error) {
      issues.push({ path: `certificates[${entity.id}].key`, message: `certificate and key cannot be used: ${error instanceof Error ? error.message : String(error)}` })
    }
  }
  const byName = new Map<string, SecureContext>()
  let fallback: KeyPairs | null = null
  for (const { type, entity } of entities) {
    if (type !== 'sni') continue
    const { id } = entity.certificate as { id: string }
    const context = contexts.get(id)
    if (context !== undefined) byName.set(String(entity.name).toLowerCase(), context)
    if (entity.name === '*') fallback = pairs.get(id) ?? null
  }
  return { issues, fallback, find: (servername) => findByName(byName, servername.toLowerCase().replace(/\.$/, '')) }
}

/** The exact name, then a wildcard for its first label, then one for its last, then `*`. */
function findByName(byName: ReadonlyMap<string, SecureContext>, name: string): SecureContext | null {
  const labels = name.split('.')
  return byName.get(name) ?? byName.get(['*', ...labels.slice(1)].join('.')) ?? byName.get([...labels.slice(0, -1), '*'].join('.')) ?? byName.get('*') ?? null
}
