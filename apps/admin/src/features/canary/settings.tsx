'use client'

import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { X } from 'lucide-react'
import { useState } from 'react'
import * as z from 'zod'
import { useRemove } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import type { FormSection } from '../../ui/schema-form/sections.ts'
import { EntityForm } from '../entities/entity-form.tsx'
import { announceWritten } from '../entities/receipt.tsx'
import type { PluginRow } from './canary-plugin.ts'

const SCHEMA = z.strictObject({ config: PLUGIN_SCHEMAS.canary?.config ?? z.strictObject({}) })
const SECTIONS: readonly FormSection[] = [
  { title: 'Who sees it', fields: ['config.hash', 'config.hash_header', 'config.hash_cookie', 'config.groups', 'config.canary_by_header_name'] },
  { title: 'Where it goes', fields: ['config.upstream_host', 'config.upstream_port', 'config.upstream_uri', 'config.upstream_fallback'] },
  { title: 'Ramp over time', note: 'used where the percentage is empty', fields: ['config.percentage', 'config.start', 'config.duration', 'config.steps'], folded: true },
]

function Remove({ plugin, stable }: { plugin: PluginRow; stable: string }) {
  const remove = useRemove('plugin')
  const [asked, setAsked] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const act = async () => {
    try {
      const { revision } = await remove.mutateAsync({ id: plugin.id, revision: plugin.revision })
      announceWritten({ text: 'Removed the canary', revision })
    } catch (error) {
      setProblem(readFailure(error).message)
    }
  }
  if (!asked) {
    return (
      <button type="button" className="btn danger" onClick={() => setAsked(true)}>
        Remove the canary…
      </button>
    )
  }
  return (
    <div className="note warn" role="alert">
      <span className="grow">
        {problem ?? (
          <>
            <b>Remove the canary?</b> All requests go to {stable}, and callers lose their sides.
          </>
        )}
      </span>
      <button type="button" className="btn sm" onClick={() => setAsked(false)}>
        Keep it
      </button>
      <button type="button" className="btn sm danger solid" disabled={remove.isPending} onClick={() => void act()}>
        Remove
      </button>
    </div>
  )
}

/** Everything of the canary but its weight, which the slider sets. */
export function CanarySettings({ plugin, stable, onClose }: { plugin: PluginRow; stable: string; onClose: () => void }) {
  return (
    <section className="card canary-settings" aria-labelledby="settings-title">
      <header>
        <h2 id="settings-title">Settings of the canary</h2>
        <div className="end">
          <button type="button" className="btn ghost ico sm" aria-label="Close the settings" onClick={onClose}>
            <X className="i s" aria-hidden="true" />
          </button>
        </div>
      </header>
      <EntityForm type="plugin" row={plugin} schema={SCHEMA} sections={SECTIONS} onSaved={onClose} />
      <div className="body">
        <Remove plugin={plugin} stable={stable} />
      </div>
    </section>
  )
}
