'use client'

import type { Row } from '../../trpc/entities.ts'
import type { Column } from '../../ui/data-table/columns.ts'
import { EnabledWord } from '../entities/enabled.tsx'
import { Tags } from '../entities/entity-name.tsx'
import { ScopeLinks } from './scope-links.tsx'

function Name({ plugin }: { plugin: Row<'plugin'> }) {
  return (
    <>
      {plugin.name}
      {plugin.instance_name !== null && <span className="i3"> {plugin.instance_name}</span>}
    </>
  )
}

export const PLUGIN_COLUMNS: readonly Column<Row<'plugin'>>[] = [
  { id: 'name', title: 'Plugin', sortable: true, width: '24%', cell: (plugin) => <Name plugin={plugin} /> },
  { id: 'scope', title: 'Runs for', cell: (plugin) => <ScopeLinks plugin={plugin} /> },
  { id: 'tags', title: 'Tags', show: 'wide', width: '20%', cell: (plugin) => <Tags tags={plugin.tags} href="/plugins" /> },
  { id: 'enabled', title: 'State', sortable: true, width: '110px', cell: (plugin) => <EnabledWord enabled={plugin.enabled} /> },
]
