'use client'

import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { Plug, Plus } from 'lucide-react'
import Link from 'next/link'
import { type Row, useEntityList } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { Problem, TableSkeleton } from '../../ui/data-table/table-states.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { EntityName } from './entity-name.tsx'
import { besidesOf, type Place, pipelineOf, type Step } from './pipeline.ts'

type Plugin = Row<'plugin'>

/** More plugins than this are not looked through for what is inherited; the note says so. */
const LOOKED_AT_MAX = 500

const titleOf = (plugin: Plugin) => plugin.instance_name ?? plugin.name

function PluginCard({ plugin, tag, place }: { plugin: Plugin; tag: string; place: Place }) {
  const isOwn = tag.startsWith('this ')
  return (
    <div className="sc">
      <div className="row between">
        <span className="row" style={{ minWidth: 0 }}>
          <Plug className="i s i3" aria-hidden="true" />
          <Link className="nm trunc" href={`/plugins/${plugin.id}`} prefetch={false}>
            {titleOf(plugin)}
          </Link>
        </span>
        <span className={isOwn ? 'tag own' : 'tag'}>{tag}</span>
      </div>
      <span className="small i3">
        {plugin.instance_name === null ? '' : `${plugin.name} · `}
        {PLUGIN_SCHEMAS[plugin.name]?.summary ?? 'This version does not know the plugin.'}
      </span>
      {plugin.name === 'canary' && plugin.service !== null && place.service !== null && (
        <span className="small">
          <Link className="link" href={`/services/${place.service}/canary`}>
            Move its slider
          </Link>
        </span>
      )}
    </div>
  )
}

function StepRow({ step, number, place }: { step: Step<Plugin>; number: number; place: Place }) {
  const own = place.route === null ? 'this service' : 'this route'
  const tagOf = (origin: Step<Plugin>['origin']) => (origin === 'own' ? own : origin)
  return (
    <li>
      <div className={step.origin === 'own' ? 'st own' : 'st inh'}>
        <span className="n">{number}</span>
        <PluginCard plugin={step.plugin} tag={tagOf(step.origin)} place={place} />
      </div>
      {step.replaced.map(({ plugin, origin }) => (
        <p className="small i3" key={plugin.id} style={{ padding: '4px 0 0 48px' }}>
          replaces{' '}
          <Link className="link" href={`/plugins/${plugin.id}`} prefetch={false}>
            {titleOf(plugin)}
          </Link>{' '}
          of {origin === 'global' ? 'everywhere' : `the ${origin}`}
        </p>
      ))}
    </li>
  )
}

function Beside({ plugin }: { plugin: Plugin }) {
  return (
    <li className="li">
      <Link className="link" href={`/plugins/${plugin.id}`} prefetch={false}>
        {titleOf(plugin)}
      </Link>
      <span className="i2">
        {!plugin.enabled && 'disabled '}
        {plugin.consumer !== null && (
          <>
            for consumer <EntityName type="consumer" id={plugin.consumer.id} link />
          </>
        )}
        {plugin.consumer_group !== null && (
          <>
            for group <EntityName type="consumer_group" id={plugin.consumer_group.id} />
          </>
        )}
      </span>
    </li>
  )
}

/** What runs for requests at a place: its own plugins and the inherited ones, in order; and what is bound to it beside that. */
export function BoundPlugins({ place }: { place: Place }) {
  const { data, error, isPending, refetch } = useEntityList('plugin', { limit: LOOKED_AT_MAX })
  if (error !== null) {
    const { message, requestId } = readFailure(error)
    return <Problem title="The plugins could not be read" problem={{ message, requestId }} onRetry={() => void refetch()} />
  }
  if (isPending) return <TableSkeleton label="plugins" />
  const steps = pipelineOf(data.items, place)
  const besides = besidesOf(data.items, place)
  const addHref = place.route === null ? `/plugins/new?service=${place.service}` : `/plugins/new?route=${place.route}`
  const add = (
    <Link className={steps.length + besides.length === 0 ? 'btn primary' : 'btn sm'} href={addHref}>
      <Plus className="i" aria-hidden="true" />
      Add plugin
    </Link>
  )
  const noun = place.route === null ? 'service' : 'route'
  if (steps.length + besides.length === 0) {
    return (
      <EmptyState title="No plugins here yet" text={`A plugin does something with the requests of this ${noun}: asks for a key, limits, moves a share to a canary.`} action={add} />
    )
  }
  return (
    <div className="stack">
      <section className="card" aria-labelledby="pipeline-title">
        <header>
          <h2 id="pipeline-title">Pipeline</h2>
          <span className="i3">
            {steps.length} {steps.length === 1 ? 'plugin' : 'plugins'}, in this order
          </span>
          <span className="end">{add}</span>
        </header>
        {steps.length === 0 ? (
          <p className="body i2">Nothing runs for everyone here.</p>
        ) : (
          <ol className="pipe">
            {steps.map((step, index) => (
              <StepRow key={step.plugin.id} step={step} number={index + 1} place={place} />
            ))}
          </ol>
        )}
        {data.total > data.items.length && (
          <p className="note warn" style={{ margin: 16 }}>
            There are {data.total.toLocaleString('en')} plugins; only the newest {LOOKED_AT_MAX} were looked through, so inherited ones may be missing here.
          </p>
        )}
      </section>
      {besides.length > 0 && (
        <section className="card" aria-labelledby="besides-title">
          <header>
            <h2 id="besides-title">Switched off, or for some callers only</h2>
          </header>
          <ul>
            {besides.map((plugin) => (
              <Beside key={plugin.id} plugin={plugin} />
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
