'use client'

import type { PluginSchema } from '@sluice/plugins/contract'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { useMemo } from 'react'
import type { Row } from '../../trpc/entities.ts'
import { fieldsOf } from '../../ui/schema-form/fields.ts'
import type { FormSection } from '../../ui/schema-form/sections.ts'
import { EntityForm, type EntityFormProps } from '../entities/entity-form.tsx'
import { allowedText, formSchemaOf, placeFields, refusedFields } from './scope.ts'

/** Which plugin it is cannot change; what the control plane has to say about that stands here. */
const CONTROLS: EntityFormProps<'plugin'>['controls'] = {
  name: ({ id, value, describedBy }) => (
    <div className="in mono-in">
      <input id={id} value={String(value)} readOnly aria-describedby={describedBy} />
    </div>
  ),
}

/** A new one is placed first and then filled in; one that is there is mostly opened for what it does. */
function sectionsOf(schema: PluginSchema, isNew: boolean): FormSection[] {
  const fields = fieldsOf(schema.config).map((field) => `config.${field.name}`)
  const sections = [
    { title: schema.title, fields },
    {
      title: 'Where it runs',
      note: schema.scopes.includes('global') ? 'for every request where nothing is chosen' : `needs a ${allowedText(schema)}`,
      fields: placeFields(schema),
    },
  ]
  return isNew ? sections.reverse() : sections
}

/** What a form for this kind of plugin needs. */
export function usePluginForm(schema: PluginSchema, isNew: boolean) {
  return useMemo(
    () => ({
      schema: formSchemaOf(schema),
      sections: sectionsOf(schema, isNew),
      hidden: refusedFields(schema),
      controls: CONTROLS,
      summary: { title: schema.title, text: schema.summary },
    }),
    [schema, isNew],
  )
}

function Known({ schema, row }: { schema: PluginSchema; row: Row<'plugin'> }) {
  return <EntityForm type="plugin" row={row} {...usePluginForm(schema, false)} />
}

/** The configuration of a bound plugin. One of a kind that this control plane does not have is shown as it is stored. */
export function PluginForm({ row }: { row: Row<'plugin'> }) {
  const schema = PLUGIN_SCHEMAS[row.name]
  if (schema !== undefined) return <Known schema={schema} row={row} />
  return (
    <div className="stack g12">
      <p className="note warn">This control plane has no plugin “{row.name}”, so its configuration can be seen and deleted, not changed.</p>
      <div className="code">
        <pre>{JSON.stringify(row.config, null, 2)}</pre>
      </div>
    </div>
  )
}
