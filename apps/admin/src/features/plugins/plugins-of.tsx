'use client'

import { Plus } from 'lucide-react'
import Link from 'next/link'
import { DataTable } from '../../ui/data-table/data-table.tsx'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { useTableState } from '../../ui/data-table/use-table-state.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useEntitySource } from '../entities/use-entity-source.ts'
import { nounOf } from '../entities/words.ts'
import { PLUGIN_COLUMNS } from './plugin-columns.tsx'
import { newPluginHref, type ScopeField, scopeWord } from './scope.ts'

const NAMES: TableNames = { filters: [], sorts: ['name', 'enabled'] }
const COLUMNS = PLUGIN_COLUMNS

function AddLink({ scope, isPrimary }: { scope: { type: ScopeField; id: string }; isPrimary: boolean }) {
  return (
    <Link className={isPrimary ? 'btn primary' : 'btn'} href={newPluginHref(scope)}>
      <Plus className="i" aria-hidden="true" />
      Add plugin
    </Link>
  )
}

/** The plugins that are bound to one entity, and the way to bind another. Global ones run too and are in the list of all. */
export function PluginsOf({ type, id }: { type: ScopeField; id: string }) {
  const scope = { type, id }
  const address = useTableState(NAMES)
  const source = useEntitySource('plugin', address.state, { [type]: id })
  return (
    <>
      {source.rows.length > 0 && (
        <div className="row between wrap" style={{ marginBottom: 12 }}>
          <p className="i2">
            Only what is bound to this {scopeWord(type)}. <Link href="/plugins">All plugins</Link>
          </p>
          <AddLink scope={scope} isPrimary={false} />
        </div>
      )}
      <DataTable
        noun={nounOf('plugin')}
        columns={COLUMNS}
        source={source}
        address={address}
        rowHref={(plugin) => `/plugins/${plugin.id}`}
        isOff={(plugin) => !plugin.enabled}
        empty={
          <EmptyState
            title="No plugins here"
            text={`None is bound to this ${scopeWord(type)}. Those that are bound to everything still run.`}
            action={<AddLink scope={scope} isPrimary />}
          />
        }
      />
    </>
  )
}
