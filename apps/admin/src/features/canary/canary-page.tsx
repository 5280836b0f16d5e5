'use client'

import { useEffect, useState } from 'react'
import { type Row, useEntity, useEntityList, useUpdate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { useFleet } from '../../trpc/fleet.ts'
import { TelemetryProvider, useTelemetry } from '../../trpc/telemetry.tsx'
import { latest } from '../../trpc/telemetry-cells.ts'
import { useAddressChoice } from '../../ui/address-choice.ts'
import { CrosshairProvider } from '../../ui/charts/crosshair.tsx'
import { Problem } from '../../ui/data-table/table-states.tsx'
import { formatWeight } from '../../ui/slats/weight-model.ts'
import { useLater } from '../../ui/use-later.ts'
import { announceWritten } from '../entities/receipt.tsx'
import { useCrumb } from '../shell/crumb.tsx'
import { PromoteQuestion } from './actions.tsx'
import { Facts, Head, STEADY_S, Tabs } from './canary-head.tsx'
import { canaryOfService, configOf, destinationOf, type Mode, modeOf, OVERRIDE_HEADER, type PluginRow, rampAt, stickyBy } from './canary-plugin.ts'
import { Lanes } from './lanes.tsx'
import { newest } from './rollout.ts'
import { SetUpCanary } from './set-up.tsx'
import { CanarySettings } from './settings.tsx'
import { useMarkers } from './use-markers.ts'
import { useRollout } from './use-rollout.ts'
import { WeightPanel } from './weight-panel.tsx'
import { TryIt, WhoSeesIt } from './who-sees-it.tsx'

const WINDOW_S = 300
const PLUGINS_MAX = 500

type Service = Row<'service'>

/** What stands in the place of the slider where the share is not one number that is set by hand. */
function OtherMode({ plugin, mode }: { plugin: PluginRow; mode: Mode }) {
  const config = configOf(plugin)
  const [now, setNow] = useState(() => Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <section className="card weights" aria-label="Weight">
      <div className="wt">
        {mode === 'ramp' ? (
          <p className="i2">
            A ramp decides: <b>{formatWeight(rampAt(config, now))} %</b> now, 100 % after {Math.round(config.duration / 60)} minutes. Set a percentage under Edit to hold it with
            the slider.
          </p>
        ) : (
          <p className="i2">ACL groups decide who sees the canary, so there is no share to set. Choose another “Sticky by” under Edit for a slider.</p>
        )}
      </div>
    </section>
  )
}

function useReasons(revision: number) {
  const { data: nodes } = useFleet()
  return (nodes ?? []).flatMap(({ name, rejected }) =>
    rejected === null || rejected.revision < revision
      ? []
      : [{ node: name, text: rejected.issues.map(({ path, message }) => `${path}: ${message}`).join('; ') || 'it gave no reason' }],
  )
}

interface ConsoleProps {
  service: Service
  plugin: PluginRow
  plugins: readonly PluginRow[]
}

function useEdits(plugin: PluginRow) {
  const update = useUpdate('plugin')
  const [problem, setProblem] = useState<string | null>(null)
  const write = async (text: string, value: Record<string, unknown>) => {
    try {
      const { revision } = await update.mutateAsync({ id: plugin.id, value, revision: plugin.revision })
      setProblem(null)
      announceWritten({ text, revision })
    } catch (error) {
      setProblem(readFailure(error).message)
    }
  }
  return { write, problem, isBusy: update.isPending }
}

function Console({ service, plugin, plugins }: ConsoleProps) {
  const config = configOf(plugin)
  const mode = modeOf(config)
  const canary = destinationOf(config, service.host)
  const control = useRollout(plugin)
  const { cells, to } = useTelemetry()
  const total = latest(cells, STEADY_S)?.all.requests ?? null
  const markers = useMarkers(plugin.id, (to ?? 0) - WINDOW_S)
  const reasons = useReasons(newest(control.rollout).revision)
  const [editing, setEditing] = useAddressChoice('edit', ['no', 'yes'])
  const [isPromoting, setPromoting] = useState(false)
  const edits = useEdits(plugin)
  const { live } = control.rollout
  return (
    <div className="stack">
      <div>
        <Head service={service} plugin={plugin} control={control} mode={mode} canary={canary} isPromoting={isPromoting} onPromote={setPromoting} />
        <Tabs serviceId={service.id} />
        {isPromoting && <PromoteQuestion control={control} stable={service.host} canary={canary} total={total} onClose={() => setPromoting(false)} />}
        {!plugin.enabled && (
          <p className="note warn promote">
            <span className="grow">
              <b>The canary is switched off.</b> All requests go to {service.host}, whatever the slider says.
            </span>
            <button type="button" className="btn sm" disabled={edits.isBusy} onClick={() => void edits.write('Switched the canary on', { enabled: true })}>
              Switch on
            </button>
          </p>
        )}
        {edits.problem !== null && (
          <p className="note bad promote" role="alert">
            {edits.problem}
          </p>
        )}
        <Facts live={live} total={total} sticky={stickyBy(config)} mode={mode} />
      </div>
      {mode === 'share' ? (
        <WeightPanel control={control} stable={service.host} canary={canary} total={total} isSticky={stickyBy(config) !== null} reasons={reasons} />
      ) : (
        <OtherMode plugin={plugin} mode={mode} />
      )}
      {editing === 'yes' && <CanarySettings plugin={plugin} stable={service.host} onClose={() => setEditing('no')} />}
      <div className="cols c21">
        <Lanes stable={service.host} canary={canary} markers={markers} />
        <div className="stack">
          <WhoSeesIt config={config} live={live} isEditing={editing === 'yes'} onEdit={() => setEditing(editing === 'yes' ? 'no' : 'yes')} />
          <TryIt
            serviceId={service.id}
            config={config}
            plugins={plugins}
            isBusy={edits.isBusy}
            onSetHeader={() => void edits.write('Set the override header', { config: { ...plugin.config, canary_by_header_name: OVERRIDE_HEADER } })}
          />
        </div>
      </div>
    </div>
  )
}

function Waiting() {
  const late = useLater(true)
  return (
    <div aria-busy="true" style={{ visibility: late ? 'visible' : 'hidden' }}>
      <span className="sr" role="status">
        {late ? 'Loading' : ''}
      </span>
      <span className="skel" style={{ width: 220, height: 24, marginBottom: 24 }} />
      <span className="skel" style={{ width: '100%', height: 72, marginBottom: 24 }} />
      <span className="skel" style={{ width: '100%', height: 280 }} />
    </div>
  )
}

/** The canary of one service: its weight, what it does to the traffic, and who sees it. */
export function CanaryPage({ serviceId }: { serviceId: string }) {
  const service = useEntity('service', serviceId)
  const listing = useEntityList('plugin', { where: { service: serviceId }, limit: PLUGINS_MAX })
  useCrumb(service.data === undefined ? null : `${service.data.name ?? service.data.host} canary`)
  const error = service.error ?? listing.error
  if (service.data === undefined || listing.data === undefined) {
    if (error === null) return <Waiting />
    const failure = readFailure(error)
    return (
      <Problem
        title={failure.code === 'NOT_FOUND' ? 'There is no such service' : 'The canary could not be read'}
        problem={failure}
        onRetry={() => void Promise.all([service.refetch(), listing.refetch()])}
      />
    )
  }
  const plugins = listing.data.items
  const plugin = canaryOfService(plugins, serviceId)
  if (plugin === null) {
    return (
      <>
        <div className="ph">
          <h1>{service.data.name ?? service.data.host}</h1>
        </div>
        <Tabs serviceId={serviceId} />
        <SetUpCanary service={service.data} />
      </>
    )
  }
  return (
    <TelemetryProvider seconds={WINDOW_S} service={serviceId}>
      <CrosshairProvider>
        <Console key={plugin.id} service={service.data} plugin={plugin} plugins={plugins} />
      </CrosshairProvider>
    </TelemetryProvider>
  )
}
