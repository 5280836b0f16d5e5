import type { Issue } from '@sluice/shared/snapshot'
import type { DesiredState } from './config/desired-state.ts'
import type { NodeSettings } from './environment.ts'
import type { LinkStatus } from './link/link.ts'
import type { Metrics } from './observe/metrics.ts'

export interface NodeFacts {
  settings: NodeSettings
  version: string
  served: DesiredState | null
  workers: number
  metrics: Metrics
  startedAtMs: number
  link: LinkStatus | null
  rejected: { revision: number; issues: Issue[] } | null
}

/** What `GET /status` answers. */
export function describeNode({ settings, version, served, workers, metrics, startedAtMs, link, rejected }: NodeFacts): Record<string, unknown> {
  return {
    node: settings.name,
    version,
    revision: served?.revision ?? null,
    hash: served?.hash ?? null,
    workers,
    connections: metrics.connections,
    requests: metrics.requests,
    uptime_s: Math.round((Date.now() - startedAtMs) / 1000),
    link: link?.state ?? 'standalone',
    link_reason: link?.reason ?? null,
    rejected,
  }
}

/** What `GET /upstreams/{name}/health` answers; null where there is no such upstream. */
export function upstreamHealth(served: DesiredState | null, name: string): Record<string, unknown> | null {
  const entries = [...(served?.entities() ?? [])]
  const upstream = entries.find(({ type, entity }) => type === 'upstream' && entity.name === name)?.entity
  if (upstream === undefined) return null
  const targets = entries.filter(({ type, entity }) => type === 'target' && (entity.upstream as { id: string }).id === upstream.id)
  return { upstream: name, targets: targets.map(({ entity }) => ({ target: entity.target, weight: entity.weight, state: entity.weight === 0 ? 'drained' : 'unchecked' })) }
}
