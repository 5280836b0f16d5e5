'use client'

import { EntityForm } from '../entities/entity-form.tsx'
import { EntityPage, type Tab } from '../entities/entity-page.tsx'
import { NewEntity } from '../entities/new-entity.tsx'
import { PluginsOf } from '../plugins/plugins-of.tsx'
import { CREDENTIAL_KINDS } from './credential-kinds.ts'
import { CredentialList } from './credential-list.tsx'
import { Groups } from './groups.tsx'

const SUMMARY = { title: 'Consumer', text: 'A caller the gateway knows by its credential. A username, an id of your own, or both.' }

const TABS: readonly Tab<'consumer'>[] = [
  {
    id: 'credentials',
    title: 'Credentials',
    render: (consumer) => (
      <div className="stack">
        {CREDENTIAL_KINDS.map((kind) => (
          <CredentialList key={kind.type} kind={kind} consumer={consumer.id} />
        ))}
      </div>
    ),
  },
  { id: 'groups', title: 'Groups', render: (consumer) => <Groups consumer={consumer} /> },
  { id: 'plugins', title: 'Plugins', render: (consumer) => <PluginsOf type="consumer" id={consumer.id} /> },
  { id: 'configuration', title: 'Configuration', render: (consumer) => <EntityForm type="consumer" row={consumer} summary={SUMMARY} /> },
]

export function ConsumerPage({ id }: { id: string }) {
  return (
    <EntityPage
      type="consumer"
      id={id}
      listHref="/consumers"
      tabs={TABS}
      sub={(consumer) => (consumer.username !== null && consumer.custom_id !== null ? <span className="mono">{consumer.custom_id}</span> : null)}
    />
  )
}

export function NewConsumer() {
  return <NewEntity type="consumer" intro="A caller the gateway knows by its credential. Credentials come next." backHref="/consumers" summary={SUMMARY} />
}
