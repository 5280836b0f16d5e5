'use client'

import { Info, Pencil } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useEntityList } from '../../trpc/entities.ts'
import { useFleet } from '../../trpc/fleet.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { type CanaryConfig, elseBy, modeOf, type PluginRow, stickyBy } from './canary-plugin.ts'
import { curlCommand, type Trial } from './try-canary.ts'

function Order({ number, title, children }: { number: number; title: string; children: React.ReactNode }) {
  return (
    <li>
      <span className="o" aria-hidden="true">
        {number}
      </span>
      <span className="grow">
        <b className="b">{title}</b>
        <span className="x">{children}</span>
      </span>
    </li>
  )
}

function Rest({ config, live, number }: { config: CanaryConfig; live: number; number: number }) {
  const mode = modeOf(config)
  const sticky = stickyBy(config)
  if (mode === 'groups') {
    const groups = (config.groups ?? []).join(', ')
    return (
      <Order number={number} title={config.hash === 'allow' ? 'Members of a group' : 'Everyone but a group'}>
        ACL groups: {groups}
      </Order>
    )
  }
  return (
    <Order number={number} title={`${formatWeight(live)} % of the ${config.canary_by_header_name === null ? 'requests' : 'rest'}`}>
      {sticky === null ? 'each request is drawn anew' : `sticky by ${sticky}${elseBy(config) === null ? '' : `, else by ${elseBy(config)}`}`}
    </Order>
  )
}

/** In which order it is decided who gets the canary. */
export function WhoSeesIt({ config, live, isEditing, onEdit }: { config: CanaryConfig; live: number; isEditing: boolean; onEdit: () => void }) {
  const header = config.canary_by_header_name
  return (
    <section className="card" aria-labelledby="who-title">
      <header>
        <h2 id="who-title">Who sees it</h2>
        <div className="end">
          <button type="button" className="btn sm" aria-expanded={isEditing} onClick={onEdit}>
            <Pencil className="i s" aria-hidden="true" />
            Edit
          </button>
        </div>
      </header>
      <ol className="who">
        {header !== null && (
          <Order number={1} title="Forced">
            header <code>{header}: always</code>; <code>never</code> keeps a request on stable
          </Order>
        )}
        <Rest config={config} live={live} number={header === null ? 1 : 2} />
      </ol>
      <footer>
        <Info className="i s" aria-hidden="true" />
        {stickyBy(config) === null ? 'No caller is kept on a side.' : 'Raising the percentage takes no one back.'}
      </footer>
    </section>
  )
}

function keyHeaderOf(plugins: readonly PluginRow[]): string | null {
  const keyAuth = plugins.find((plugin) => plugin.name === 'key-auth' && plugin.enabled)
  const names = keyAuth?.config.key_names
  return Array.isArray(names) && typeof names[0] === 'string' ? names[0] : null
}

function Command({ trial, listens, onPick }: { trial: Trial; listens: readonly { name: string; listen: string }[]; onPick: (listen: string) => void }) {
  const command = curlCommand(trial)
  return (
    <>
      {listens.length > 1 && (
        <div className="in pick">
          <select aria-label="Node to call" value={trial.listen} onChange={(event) => onPick(event.target.value)}>
            {listens.map(({ name, listen }) => (
              <option key={name} value={listen}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div className="code">
        <pre>{command}</pre>
        <CopyButton text={command} label="Copy the command" />
      </div>
      {trial.route === null && <p className="small t-warn">This service has no route yet: nodes answer 404 until it has one.</p>}
    </>
  )
}

interface TryItProps {
  serviceId: string
  config: CanaryConfig
  plugins: readonly PluginRow[]
  onSetHeader: () => void
  isBusy: boolean
}

/** The command that reaches the canary whatever its share is. */
export function TryIt({ serviceId, config, plugins, onSetHeader, isBusy }: TryItProps) {
  const { data: nodes } = useFleet()
  const { data: routes } = useEntityList('route', { where: { service: serviceId }, limit: 1 })
  const [pageHost, setPageHost] = useState('localhost')
  const [picked, setPicked] = useState<string | null>(null)
  useEffect(() => setPageHost(location.hostname), [])
  const listens = (nodes ?? []).flatMap(({ name, state, listen }) => (state === 'connected' && listen !== null ? [{ name, listen: listen.proxy }] : []))
  const listen = listens.find((entry) => entry.listen === picked)?.listen ?? listens[0]?.listen
  const header = config.canary_by_header_name
  return (
    <section className="card" aria-labelledby="try-title">
      <header>
        <h2 id="try-title">Try the canary</h2>
        {header !== null && <div className="end">works at 0 % too</div>}
      </header>
      <div className="body try">
        {header === null && (
          <>
            <p className="i2">No override header is set, so only the share decides. With one, a single request can be sent to the canary.</p>
            <button type="button" className="btn" disabled={isBusy} onClick={onSetHeader}>
              Set x-canary
            </button>
          </>
        )}
        {header !== null && listen === undefined && <p className="i2">No node is connected, so there is nothing to call yet.</p>}
        {header !== null && listen !== undefined && (
          <Command
            trial={{ listen, pageHost, route: routes?.items[0] ?? null, header: { name: header, value: 'always' }, keyHeader: keyHeaderOf(plugins) }}
            listens={listens}
            onPick={setPicked}
          />
        )}
      </div>
    </section>
  )
}
