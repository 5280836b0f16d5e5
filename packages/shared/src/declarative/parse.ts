import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { parseDocument } from 'yaml'
import { ENTITIES, type EntityType } from '../entities/registry.ts'
import { isStoredSecret } from '../entities/secret.ts'
import type { PluginSchemaRegistry } from '../plugin-config.ts'
import type { Issue, SnapshotEntity } from '../snapshot.ts'
import { checkEntities, type FurtherCheck } from './check.ts'
import { Flattener, type Written } from './flatten.ts'
import { FORMAT_VERSIONS } from './shape.ts'

/** Bounds of a declarative document. */
export const DECLARATIVE_LIMITS = { bytesMax: 64 * 1024 * 1024, aliasesMax: 1_000, issuesMax: 100 } as const

/** What importing needs from outside: chance for keys that a document leaves out, slow hashing of passwords, and what is there already. */
export interface SecretTransforms {
  randomKey(): string
  /** `credentialId`: where it stands, for who remembers hashes. */
  hashPassword(password: string, credentialId: string): Promise<string>
  /** True where `stored` is a hash of `password`. */
  verifyPassword?(stored: string, password: string): Promise<boolean>
  /**
   * The entity in stored form, if there is one already. A secret that the document leaves out is kept from it, and so is the hash of a
   * password that is the same, so that importing a document twice changes nothing the second time.
   */
  present?(type: EntityType, id: string): Readonly<Record<string, unknown>> | undefined
  check?: FurtherCheck
}

export type DeclarativeResult = { ok: true; entities: SnapshotEntity[] } | { ok: false; issues: Issue[] }

const fail = (path: string, message: string): DeclarativeResult => ({ ok: false, issues: [{ path, message }] })

/** JSON is read ten times faster than the same text as YAML; null where it is none. */
function readJson(text: string): Record<string, unknown> | null {
  if (!text.trimStart().startsWith('{')) return null
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

function readText(text: string): { document: Record<string, unknown> } | { issues: Issue[] } {
  const json = readJson(text)
  if (json !== null) return { document: json }
  // Broken JSON is YAML too, whose reader gives line numbers for both.
  const yaml = parseDocument(text, { prettyErrors: true, uniqueKeys: true })
  const [error] = yaml.errors
  if (error !== undefined) {
    const line = error.linePos?.[0].line
    return { issues: [{ path: line === undefined ? '' : `line ${line}`, message: error.message.split('\n')[0] ?? 'not valid YAML' }] }
  }
  let document: unknown
  try {
    document = yaml.toJS({ maxAliasCount: DECLARATIVE_LIMITS.aliasesMax })
  } catch (cause) {
    return { issues: [{ path: '', message: cause instanceof Error ? cause.message : 'not valid YAML' }] }
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return { issues: [{ path: '', message: 'must be a map with _format_version' }] }
  return { document: document as Record<string, unknown> }
}

/** Ids by what people write instead of them: the label, and for consumers the custom_id too. */
function indexNames(written: readonly Written[]): Map<string, string> {
  const index = new Map<string, string>()
  for (const { type, id, fields } of written) {
    index.set(`${type}\0${id}`, id)
    for (const field of [ENTITIES[type].label, type === 'consumer' ? 'custom_id' : null]) {
      if (field !== null && typeof fields[field] === 'string') index.set(`${type}\0${fields[field]}`, id)
    }
  }
  return index
}

function resolveReferences(entry: Written, names: ReadonlyMap<string, string>, issues: Issue[]): void {
  const { refs } = ENTITIES[entry.type]
  const resolve = (type: string, value: unknown, path: string): { id: string } | null => {
    const given =
      typeof value === 'object' && value !== null
        ? ((value as Record<string, unknown>).id ?? (value as Record<string, unknown>).name ?? (value as Record<string, unknown>).username)
        : value
    const id = typeof given === 'string' ? names.get(`${type}\0${given}`) : undefined
    if (id !== undefined) return { id }
    issues.push({ path, message: `there is no ${type} ${JSON.stringify(given)} in this document` })
    return null
  }
  for (const [field, { type }] of Object.entries(refs) as [string, { type: string }][]) {
    const value = entry.fields[field]
    if (value !== undefined && value !== null) entry.fields[field] = resolve(type, value, `${entry.path}.${field}`)
  }
  if (entry.type === 'consumer' && Array.isArray(entry.fields.groups)) {
    entry.fields.groups = entry.fields.groups.flatMap((group, index) => resolve('consumer_group', group, `${entry.path}.groups[${index}]`)?.id ?? [])
  }
}

const GENERATED: Partial<Record<EntityType, readonly string[]>> = {
  keyauth_credential: ['key'],
  hmacauth_credential: ['secret'],
  jwt_secret: ['key', 'secret'],
  oauth2_credential: ['client_id', 'client_secret'],
}

/** Fills what the document leaves out: from what is there already, else by chance. Answers the fields that are in their stored form now. */
function fillSecrets(entry: Written, present: Readonly<Record<string, unknown>> | undefined, transforms: SecretTransforms | null): Set<string> {
  const { fields, type } = entry
  const kept = new Set<string>()
  for (const field of new Set([...Object.keys(ENTITIES[type].secrets), ...(GENERATED[type] ?? [])])) {
    if ((fields[field] ?? null) !== null || typeof present?.[field] !== 'string') continue
    fields[field] = present[field]
    kept.add(field)
  }
  if (transforms !== null) for (const field of GENERATED[type] ?? []) fields[field] ??= transforms.randomKey()
  return kept
}

/** Puts secrets into the form that nodes get: keys hashed; forms that are hashed already only where the document says so. */
async function transformSecrets(entry: Written, isTransformed: boolean, transforms: SecretTransforms): Promise<Issue[]> {
  const { fields, path, type } = entry
  const present = transforms.present?.(type, entry.id)
  const kept = fillSecrets(entry, present, isTransformed ? null : transforms)
  for (const [field, kind] of Object.entries(ENTITIES[type].secrets)) {
    const value = fields[field]
    if (typeof value !== 'string' || kind === 'sealed' || kept.has(field)) continue
    const before = present?.[field]
    if (isTransformed) {
      if (!isStoredSecret(value, kind))
        return [{ path: `${path}.${field}`, message: 'the document says _transform: false, so this must be in its stored form (such as sha256:<hex>)' }]
    } else if (kind === 'hashed') fields[field] = `sha256:${bytesToHex(sha256(utf8ToBytes(value)))}`
    else fields[field] = typeof before === 'string' && (await transforms.verifyPassword?.(before, value)) === true ? before : await transforms.hashPassword(value, entry.id)
  }
  return []
}

function header(document: Record<string, unknown>): DeclarativeResult | { isTransformed: boolean } {
  const version = document._format_version
  if (version === undefined) return fail('_format_version', 'is missing; write _format_version: "3.0"')
  if (!(FORMAT_VERSIONS as readonly unknown[]).includes(String(version))) return fail('_format_version', `must be one of ${FORMAT_VERSIONS.join(', ')}`)
  if (document._transform !== undefined && typeof document._transform !== 'boolean') return fail('_transform', 'must be true or false')
  return { isTransformed: document._transform === false }
}

/**
 * Reads a document in Kong's declarative format (YAML or JSON, nested or flat) into entities in the form sent to nodes. Everything is
 * checked first; with one issue nothing is returned.
 */
export async function parseDeclarative(text: string, registry: PluginSchemaRegistry, transforms: SecretTransforms): Promise<DeclarativeResult> {
  if (text.length > DECLARATIVE_LIMITS.bytesMax) return fail('', `is larger than ${DECLARATIVE_LIMITS.bytesMax} bytes`)
  const read = readText(text)
  if ('issues' in read) return { ok: false, issues: read.issues }
  const head = header(read.document)
  if (!('isTransformed' in head)) return head
  const flattener = new Flattener()
  flattener.read(read.document)
  const { written, issues } = flattener
  const names = indexNames(written)
  for (const entry of written) {
    resolveReferences(entry, names, issues)
    issues.push(...(await transformSecrets(entry, head.isTransformed, transforms)))
  }
  const places = new Map(written.map((entry) => [`${entry.type}\0${entry.id}`, entry.path]))
  const entities = written.map(({ type, id, fields }): SnapshotEntity => ({ type, entity: { id, ...fields } }))
  const locate = ({ type, entity }: SnapshotEntity) => places.get(`${type}\0${entity.id}`) ?? ENTITIES[type].plural
  const checked = checkEntities(entities, registry, { locate, further: transforms.check })
  const all = checked.ok ? issues : [...issues, ...checked.issues]
  if (all.length > 0) return { ok: false, issues: all.slice(0, DECLARATIVE_LIMITS.issuesMax) }
  return checked
}
