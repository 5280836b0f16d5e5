import { ENTITIES, type EntityType, referencesOf } from '../entities/registry.ts'
import { textIssues } from '../entities/text.ts'
import { issuesOf, type PluginSchemaRegistry, parsePluginConfig } from '../plugin-config.ts'
import type { Issue, SnapshotEntity } from '../snapshot.ts'

/** Where an entity stands, for messages: `services[0].routes[2]`, or `route 6f1f…` where it came without a document. */
export type Locate = (entry: SnapshotEntity) => string

const locateById: Locate = ({ type, entity }) => `${ENTITIES[type].plural}[${entity.id}]`

/** Further checks of one entity that passed its schema, with paths inside it; may fill in what is computed. */
export type FurtherCheck = (type: EntityType, entity: SnapshotEntity['entity']) => Issue[]

export type CheckResult = { ok: true; entities: SnapshotEntity[] } | { ok: false; issues: Issue[] }

const SCOPES = ['service', 'route', 'consumer', 'consumer_group'] as const

function checkPlugin(entity: Record<string, unknown>, registry: PluginSchemaRegistry): Issue[] {
  const parsed = parsePluginConfig(registry, String(entity.name), entity.config)
  if (!parsed.ok) return parsed.issues
  entity.config = parsed.config
  const scopes = SCOPES.filter((scope) => entity[scope] !== null)
  const allowed = registry[String(entity.name)]?.scopes ?? []
  const wanted = scopes.length === 0 ? ['global'] : scopes
  return wanted
    .filter((scope) => !allowed.includes(scope))
    .map((scope) => ({ path: scope === 'global' ? 'name' : scope, message: `the plugin ${entity.name} cannot be bound to the scope ${scope}` }))
}

function uniqueKeys(type: EntityType): readonly (readonly string[])[] {
  const own: readonly (readonly string[])[] = ENTITIES[type].unique
  return type === 'plugin' ? [...own, ['name', ...SCOPES]] : own
}

/** The value under which a set of unique fields clashes, or null where it cannot: any null field, but for the scopes of plugins. */
function uniqueValue(type: EntityType, entity: Record<string, unknown>, fields: readonly string[]): string | null {
  const values = fields.map((field) => {
    const value = entity[field]
    return typeof value === 'object' && value !== null ? (value as { id?: string }).id : value
  })
  const mayBeNull = type === 'plugin' && fields.length > 1
  return !mayBeNull && values.some((value) => value === null || value === undefined) ? null : JSON.stringify([type, fields, values])
}

/** The values that no other entity may have, each with its fields. */
export function uniqueValuesOf(type: EntityType, entity: Record<string, unknown>): { fields: readonly string[]; value: string }[] {
  return uniqueKeys(type).flatMap((fields) => {
    const value = uniqueValue(type, entity, fields)
    return value === null ? [] : [{ fields, value }]
  })
}

/** `entity` with its defaults, or null where it does not have the form of its type; paths of issues are inside it. */
export interface EntityCheck {
  entity: SnapshotEntity['entity'] | null
  issues: Issue[]
}

/** Checks one entity for itself: by its schema, its text, the configuration of a plugin. */
export function checkEntity({ type, entity: given }: SnapshotEntity, registry: PluginSchemaRegistry, further: FurtherCheck = () => []): EntityCheck {
  const { id, ...fields } = given
  const result = ENTITIES[type].schema.safeParse(fields)
  const problems = result.success ? textIssues(fields) : issuesOf(result.error)
  if (!result.success || problems.length > 0) return { entity: null, issues: problems }
  const entity: SnapshotEntity['entity'] = { id, ...(result.data as Record<string, unknown>) }
  return { entity, issues: [...(type === 'plugin' ? checkPlugin(entity, registry) : []), ...further(type, entity)] }
}

class Checker {
  readonly issues: Issue[] = []
  readonly #ids = new Map<string, Set<string>>()
  readonly #unique = new Map<string, string>()
  readonly #locate: Locate

  constructor(locate: Locate) {
    this.#locate = locate
  }

  report(entry: SnapshotEntity, issues: readonly Issue[]): void {
    if (issues.length === 0) return
    const place = this.#locate(entry)
    for (const issue of issues) this.issues.push({ path: issue.path === '' ? place : `${place}.${issue.path}`, message: issue.message })
  }

  enter(entry: SnapshotEntity): void {
    const { id } = entry.entity
    const ids = this.#ids.get(entry.type) ?? new Set()
    if (ids.has(id)) this.report(entry, [{ path: 'id', message: `the id ${id} occurs twice` }])
    this.#ids.set(entry.type, ids.add(id))
  }

  checkUnique(entry: SnapshotEntity): void {
    for (const { fields, value } of uniqueValuesOf(entry.type, entry.entity)) {
      const other = this.#unique.get(value)
      if (other === undefined) this.#unique.set(value, this.#locate(entry))
      else this.report(entry, [{ path: fields[0] ?? '', message: `must be unique: ${other} has the same ${fields.join(' + ')}` }])
    }
  }

  checkReferences(entry: SnapshotEntity): void {
    const missing = referencesOf(entry.type, entry.entity).filter(({ type, id }) => this.#ids.get(type)?.has(id) !== true)
    this.report(
      entry,
      missing.map(({ path, type, id }) => ({ path, message: `there is no ${type} ${id}` })),
    )
  }
}

export interface CheckOptions {
  locate?: Locate
  further?: FurtherCheck
}

/** `checkEntities` in steps of one entity, for a caller that has other work to do in between. */
export function* checkSteps(entities: readonly SnapshotEntity[], registry: PluginSchemaRegistry, options: CheckOptions = {}): Generator<void, CheckResult> {
  const checker = new Checker(options.locate ?? locateById)
  const parsed: { entry: SnapshotEntity; checked: SnapshotEntity }[] = []
  for (const entry of entities) {
    const { entity, issues } = checkEntity(entry, registry, options.further)
    checker.report(entry, issues)
    if (entity !== null) {
      checker.enter(entry)
      parsed.push({ entry, checked: { type: entry.type, entity } })
    }
    yield
  }
  for (const { entry, checked } of parsed) {
    checker.checkUnique({ type: entry.type, entity: Object.assign(entry.entity, checked.entity) })
    checker.checkReferences(entry)
    yield
  }
  if (checker.issues.length > 0) return { ok: false, issues: checker.issues }
  return { ok: true, entities: parsed.map(({ checked }) => checked) }
}

/** Checks a whole configuration: each entity by its schema (defaults are filled in), plugin configurations, ids, uniqueness, references. */
export function checkEntities(entities: readonly SnapshotEntity[], registry: PluginSchemaRegistry, options: CheckOptions = {}): CheckResult {
  const steps = checkSteps(entities, registry, options)
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}
