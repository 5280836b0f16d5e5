'use client'

import type { Row } from '../../trpc/entities.ts'
import { EnabledButton, EnabledChip } from '../entities/enabled.tsx'
import { EntityPage, type Tab } from '../entities/entity-page.tsx'
import { placeText } from './order-words.ts'
import { Pipeline } from './pipeline.tsx'
import { PluginForm } from './plugin-form.tsx'
import { PurgeButton } from './purge-button.tsx'
import { ScopeLinks } from './scope-links.tsx'

const TABS: readonly Tab<'plugin'>[] = [
  { id: 'configuration', title: 'Configuration', render: (plugin) => <PluginForm row={plugin} /> },
  { id: 'order', title: 'Order', render: (plugin) => <Pipeline current={plugin.name} /> },
]

function Sub({ plugin }: { plugin: Row<'plugin'> }) {
  const place = placeText(plugin.name)
  return (
    <>
      <ScopeLinks plugin={plugin} />
      {place !== null && <span className="i3">{place}</span>}
      {plugin.instance_name !== null && <span className="mono">{plugin.instance_name}</span>}
    </>
  )
}

export function PluginPage({ id }: { id: string }) {
  return (
    <EntityPage
      type="plugin"
      id={id}
      listHref="/plugins"
      tabs={TABS}
      sub={(plugin) => <Sub plugin={plugin} />}
      chips={(plugin) => <EnabledChip enabled={plugin.enabled} />}
      actions={(plugin) => (
        <>
          {plugin.name === 'proxy-cache' && <PurgeButton pluginId={plugin.id} />}
          <EnabledButton type="plugin" row={plugin} />
        </>
      )}
    />
  )
}
