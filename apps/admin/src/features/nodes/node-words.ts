import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/api/router.ts'

/** A node as the API shows it. */
export type ShownNode = inferRouterOutputs<AppRouter>['nodes']['list'][number]

/** Whether a state needs a person: only those are coloured. */
export type Tone = 'quiet' | 'ok' | 'warn' | 'bad'
export type Sign = 'connected' | 'away' | 'revoked' | 'applied' | 'applying' | 'behind' | 'rejected' | 'nothing'

export interface Word {
  sign: Sign
  tone: Tone
  text: string
}

/** Whether the control plane hears of the node. */
export function connectionOf(node: Pick<ShownNode, 'state'>): Word {
  if (node.state === 'connected') return { sign: 'connected', tone: 'quiet', text: 'Connected' }
  if (node.state === 'revoked') return { sign: 'revoked', tone: 'quiet', text: 'Revoked' }
  return { sign: 'away', tone: 'warn', text: 'Not seen' }
}

/** Which revision the node serves and how far that is from the newest one. */
export function revisionOf(node: Pick<ShownNode, 'state' | 'revision' | 'lag' | 'rejected'>): Word {
  const has = node.revision === null ? 'no revision yet' : `r${node.revision}`
  const behind = node.revision === null || node.lag === 0 ? has : `${has}, ${node.lag.toLocaleString('en')} behind`
  if (node.state === 'revoked') return { sign: 'nothing', tone: 'quiet', text: has }
  if (node.rejected !== null) return { sign: 'rejected', tone: 'bad', text: behind }
  if (node.state === 'disconnected') return { sign: node.lag === 0 ? 'nothing' : 'behind', tone: node.lag === 0 ? 'quiet' : 'warn', text: behind }
  if (node.revision === null || node.lag > 0) return { sign: 'applying', tone: 'warn', text: behind }
  return { sign: 'applied', tone: 'quiet', text: has }
}

/** What the note below a node says that refused a revision. */
export function rejectionText(node: Pick<ShownNode, 'name' | 'revision' | 'rejected'>): string | null {
  if (node.rejected === null) return null
  const serves = node.revision === null ? 'serves nothing yet' : `keeps serving r${node.revision}`
  return `${node.name} rejected r${node.rejected.revision} and ${serves}.`
}

const URGENCY: Record<Tone, number> = { bad: 0, warn: 1, ok: 2, quiet: 2 }

function rankOf(node: ShownNode): number {
  if (node.state === 'revoked') return 3
  return Math.min(URGENCY[connectionOf(node).tone], URGENCY[revisionOf(node).tone])
}

/** Nodes that need a person first, revoked ones last, each by name. */
export function byUrgency(nodes: readonly ShownNode[]): ShownNode[] {
  return nodes.toSorted((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** `12 connected, 48 workers`, with what is missing behind it. */
export function summaryOf(nodes: readonly ShownNode[]): string {
  const connected = nodes.filter((node) => node.state === 'connected')
  const away = nodes.filter((node) => node.state === 'disconnected').length
  const workers = connected.reduce((sum, node) => sum + (node.workers ?? 0), 0)
  const texts = [`${connected.length} connected`]
  if (workers > 0) texts.push(workers === 1 ? '1 worker' : `${workers.toLocaleString('en')} workers`)
  if (away > 0) texts.push(`${away} not seen`)
  return texts.join(', ')
}

/** One short mark per node for the bar of a revision. Revoked nodes do not count. */
export function marksOf(nodes: readonly ShownNode[]): { id: string; mark: 'applied' | 'rejected' | 'waiting'; title: string }[] {
  return nodes
    .filter((node) => node.state === 'connected' || (node.state === 'disconnected' && node.rejected !== null))
    .map((node) => {
      const mark = node.rejected !== null ? 'rejected' : node.lag === 0 && node.revision !== null ? 'applied' : 'waiting'
      return { id: node.id, mark, title: `${node.name}: ${mark}` } as const
    })
}
