import type { Issue, Snapshot } from '@sluice/shared/snapshot'
import type { CompiledConfig } from '../pipeline/compiled.ts'
import type { CompileEnvironment } from './compile-environment.ts'
import { Edition } from './edition.ts'
import { runToEnd } from './slices.ts'

export type CompileResult = { ok: true; config: CompiledConfig } | { ok: false; issues: Issue[] }

/** Checks a snapshot and builds everything that requests need, at one go. With one issue nothing is built. */
export function compileConfig({ revision, hash, entities }: Snapshot, environment: CompileEnvironment): CompileResult {
  const changes = entities.map((entry) => ({ op: 'upsert' as const, ...entry }))
  const result = runToEnd(Edition.empty(environment).with({ revision, hash, changes }, environment))
  return result.ok ? { ok: true, config: result.edition.config } : result
}
