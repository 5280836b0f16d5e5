'use client'

import type { PluginSchema } from '@sluice/plugins/contract'
import { Search } from 'lucide-react'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { useMemo, useRef, useState } from 'react'
import { useHydrated } from '../../ui/use-hydrated.ts'
import { useSlash } from '../../ui/use-slash.ts'
import { EntityName } from '../entities/entity-name.tsx'
import { NewEntity } from '../entities/new-entity.tsx'
import { useCrumb } from '../shell/crumb.tsx'
import { type GalleryGroup, galleryOf, searchGallery } from './gallery.ts'
import { usePluginForm } from './plugin-form.tsx'
import { allowedText, newPluginHref, type ScopeField, schemaOfAddress, scopeOfAddress, scopeWord } from './scope.ts'

type Scope = { type: ScopeField; id: string } | null

function Gallery({ scope, unknown }: { scope: Scope; unknown: string | null }) {
  useCrumb('New plugin')
  return (
    <>
      <div className="ph">
        <div>
          <h1>New plugin</h1>
          <p className="sub">
            {scope === null ? (
              'What should it do? Where it runs comes next.'
            ) : (
              <>
                For {scopeWord(scope.type)} <EntityName type={scope.type} id={scope.id} link />
              </>
            )}
          </p>
        </div>
      </div>
      {unknown !== null && (
        <p className="note warn" role="status" style={{ marginBottom: 16 }}>
          This Sluice has no plugin “{unknown}”. These are there:
        </p>
      )}
      <SearchedGallery groups={galleryOf(scope?.type ?? null)} scope={scope} />
    </>
  )
}

function SearchedGallery({ groups, scope }: { groups: readonly GalleryGroup[]; scope: Scope }) {
  const [text, setText] = useState('')
  const hydrated = useHydrated()
  const input = useRef<HTMLInputElement>(null)
  useSlash(() => input.current?.focus())
  const found = searchGallery(groups, text)
  const count = found.reduce((sum, { plugins }) => sum + plugins.length, 0)
  return (
    <>
      <div className="srch-box" style={{ marginBottom: 16 }}>
        <div className="in srch">
          <Search className="i" aria-hidden="true" />
          <input
            ref={input}
            type="search"
            aria-label="Search plugins"
            placeholder="Search plugins"
            value={text}
            disabled={!hydrated}
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && setText('')}
          />
          <kbd className="hide-m">/</kbd>
        </div>
        <p className="small i3" role="status">
          {text.trim() === '' ? '' : count === 0 ? `No plugin for “${text.trim()}”.` : `${count} ${count === 1 ? 'plugin' : 'plugins'}`}
        </p>
      </div>
      <div className="stack">
        {found.map((group) => (
          <section key={group.category} aria-labelledby={`gallery-${group.category}`}>
            <h2 id={`gallery-${group.category}`} className="lead sb" style={{ marginBottom: 12 }}>
              {group.title}
            </h2>
            <div className="gallery">
              {group.plugins.map((schema) => (
                <article className="card" key={schema.name}>
                  <h3>
                    <Link href={newPluginHref(scope, schema.name)}>
                      {schema.title} <code className="i3">{schema.name}</code>
                    </Link>
                  </h3>
                  <p>{schema.summary}</p>
                  <p className="small i3">{allowedText(schema)}</p>
                </article>
              ))}
            </div>
          </section>
        ))}
      </div>
    </>
  )
}

function Form({ schema, scope }: { schema: PluginSchema; scope: Scope }) {
  const form = usePluginForm(schema, true)
  const [type, id] = scope !== null && schema.scopes.includes(scope.type) ? [scope.type, scope.id] : [null, null]
  const known = useMemo(() => ({ name: schema.name, protocols: schema.protocols, ...(type === null ? {} : { [type]: { id } }) }), [schema, type, id])
  return <NewEntity type="plugin" intro={schema.summary} backHref={newPluginHref(scope)} known={known} {...form} />
}

/** First what it does, then how and where: `/plugins/new?name=key-auth&service=ID`. */
export function NewPlugin() {
  const params = useSearchParams()
  const schema = schemaOfAddress(params)
  const scope = scopeOfAddress(params)
  return schema === null ? <Gallery scope={scope} unknown={params.get('name')} /> : <Form key={schema.name} schema={schema} scope={scope} />
}
