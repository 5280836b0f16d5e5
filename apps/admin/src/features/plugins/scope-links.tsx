'use client'

import { EntityName } from '../entities/entity-name.tsx'
import { type ScopeField, scopesOf, scopeWord } from './scope.ts'

type Bound = Partial<Record<ScopeField, { id: string } | null>>

/** Where a plugin runs, with links. */
export function ScopeLinks({ plugin }: { plugin: Bound }) {
  const scopes = scopesOf(plugin)
  if (scopes.length === 0) return <span className="i2">global</span>
  return (
    <span>
      {scopes.map(({ type, id }, index) => (
        <span key={type}>
          {index > 0 && <span className="i3"> and </span>}
          <span className="i3">{scopeWord(type)}</span> <EntityName type={type} id={id} link />
        </span>
      ))}
    </span>
  )
}
