'use client'

import type { Filter } from '../../ui/data-table/columns.ts'
import type { TableNames } from '../../ui/data-table/table-state.ts'
import { EntityList } from '../entities/entity-list.tsx'
import { PLUGIN_COLUMNS } from './plugin-columns.tsx'

const NAMES: TableNames = { filters: ['tag', 'name'], sorts: ['name', 'enabled', 'updated_at'] }
const FILTERS: readonly Filter[] = NAMES.filters.map((name) => ({ name }))

const EMPTY = {
  title: 'No plugins yet',
  text: 'A plugin is a behaviour bound to a scope: all requests, or those of one service, route or consumer. It may ask for keys, limit calls or move a share of them to a canary.',
}

export function PluginList() {
  return (
    <EntityList type="plugin" title="Plugins" names={NAMES} columns={PLUGIN_COLUMNS} filters={FILTERS} newHref="/plugins/new" isOff={(plugin) => !plugin.enabled} empty={EMPTY} />
  )
}
