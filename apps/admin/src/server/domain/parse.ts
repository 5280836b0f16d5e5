import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { CREDENTIAL_CHECKS } from '@sluice/plugins/handlers'
import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import { isStoredSecret } from '@sluice/shared/entities/secret'
import { expandServiceUrl } from '@sluice/shared/entities/service'
import { textIssues } from '@sluice/shared/entities/text'
import { issuesOf, type PluginSchemaRegistry, parsePluginConfig } from '@sluice/shared/plugin-config'
import type { Issue } from '@sluice/shared/snapshot'
import { invalid } from './errors.ts'

type Fields = Record<string, unknown>

const SCOPES = ['service', 'route', 'consumer', 'consumer_group'] as const

function parsePlugin(fields: Fields, registry: PluginSchemaRegistry): Issue[] {
  const parsed = parsePluginConfig(registry, String(fields.name), fields.config)
  if (!parsed.ok) return parsed.issues
  fields.config = parsed.config
  const bound = SCOPES.filter((scope) => fields[scope] !== null)
  const allowed = registry[String(fields.name)]?.scopes ?? []
  return (bound.length === 0 ? ['global'] : bound)
    .filter((scope) => !allowed.includes(scope))
    .map((scope) => ({ path: scope === 'global' ? 'name' : scope, message: `the plugin ${fields.name} cannot be bound to the scope ${scope}` }))
}

function readCertificate(pem: unknown, path: string): { certificate: X509Certificate } | { issue: Issue } {
  try {
    return { certificate: new X509Certificate(String(pem)) }
  } catch {
    return { issue: { path, message: 'is not a certificate that can be read' } }
  }
}

function checkPair(fields: Fields, names: { cert: string; key: string }): Issue[] {
  if (fields[names.cert] === null && fields[names.key] === null) return []
  if (fields[names.cert] === null || fields[names.key] === null)
    return [{ path: fields[names.cert] === null ? names.cert : names.key, message: 'certificate and key come together' }]
  const read = readCertificate(fields[names.cert], names.cert)
  if ('issue' in read) return [read.issue]
  try {
    return read.certificate.checkPrivateKey(createPrivateKey(String(fields[names.key]))) ? [] : [{ path: names.key, message: 'does not belong to the certificate' }]
  } catch {
    return [{ path: names.key, message: 'is not a private key that can be read (PEM, without a password)' }]
  }
}

function parseCa(fields: Fields): Issue[] {
  const read = readCertificate(fields.cert, 'cert')
  if ('issue' in read) return [read.issue]
  fields.cert_digest = createHash('sha256').update(read.certificate.raw).digest('hex')
  return read.certificate.ca ? [] : [{ path: 'cert', message: 'is not a certificate authority (basicConstraints CA)' }]
}

function credentialIssues(type: EntityType, fields: Fields): Issue[] {
  if (type === 'jwt_secret') return CREDENTIAL_CHECKS.jwt_secret?.(fields) ?? []
  // A password that an operator writes is plain: only one that is hashed already can be of a form that nodes do not check.
  const isHashed = type === 'basicauth_credential' && isStoredSecret(String(fields.password), 'password')
  return isHashed ? (CREDENTIAL_CHECKS.basicauth_credential?.(fields) ?? []) : []
}

/** What only cryptography can say of an entity with its secrets in plain; the digest of an authority is filled in. */
export function cryptographyIssues(type: EntityType, fields: Fields): Issue[] {
  if (type === 'certificate') return [...checkPair(fields, { cert: 'cert', key: 'key' }), ...checkPair(fields, { cert: 'cert_alt', key: 'key_alt' })]
  if (type === 'ca_certificate') return parseCa(fields)
  return credentialIssues(type, fields)
}

/**
 * Checks the fields of one entity by its schema, its plugin's schema and what only cryptography can say. Answers them with every default
 * filled in; throws DomainError `invalid` with the issues at their fields. Sealed secrets are plain here.
 */
export function parseFields(type: EntityType, value: Fields, registry: PluginSchemaRegistry): Fields {
  const result = ENTITIES[type].schema.safeParse(type === 'service' ? expandServiceUrl(value) : value)
  if (!result.success) throw invalid(issuesOf(result.error))
  const fields = result.data as Fields
  const issues = textIssues(value)
  if (type === 'plugin') issues.push(...parsePlugin(fields, registry))
  issues.push(...cryptographyIssues(type, fields))
  if (issues.length > 0) throw invalid(issues)
  return fields
}
