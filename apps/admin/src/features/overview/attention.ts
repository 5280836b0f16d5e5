import { formatAge } from '../../ui/format.ts'
import { rejectionText, type ShownNode } from '../nodes/node-words.ts'

export interface Concern {
  id: string
  tone: 'bad' | 'warn'
  title: string
  text: string
  /** Since when, ISO 8601; null where that is not known. */
  since: string | null
}

/** A revision is on its way this long before a node that does not have it is worth a word. */
const ON_ITS_WAY_MS = 3_000

interface Situation {
  nodes: readonly ShownNode[]
  newest: { number: number; created_at: string } | null
  now: Date
}

function rejected(node: ShownNode): Concern[] {
  if (node.rejected === null || node.state === 'revoked') return []
  const [first] = node.rejected.issues
  const why = first === undefined ? 'It gave no reason.' : `${first.path === '' ? '' : `${first.path}: `}${first.message}`
  return [
    {
      id: `${node.id} rejected`,
      tone: 'bad',
      title: `${node.name} rejected r${node.rejected.revision}`,
      text: `${rejectionText(node)?.replace(/^.* and /, 'It ') ?? ''} ${why}`,
      since: node.rejected.at,
    },
  ]
}

function away(node: ShownNode, now: Date): Concern[] {
  if (node.state !== 'disconnected') return []
  const seen = node.last_seen_at === null ? 'It was never heard of.' : `It was last heard of ${formatAge(new Date(node.last_seen_at), now)}.`
  const serves = node.revision === null ? '' : ` A node that runs keeps serving r${node.revision}.`
  return [{ id: `${node.id} away`, tone: 'warn', title: `${node.name} is not connected`, text: `${seen}${serves}`, since: node.last_seen_at }]
}

function behind(node: ShownNode, { newest, now }: Situation): Concern[] {
  if (node.state !== 'connected' || node.rejected !== null || node.lag === 0 || newest === null) return []
  if (now.getTime() - new Date(newest.created_at).getTime() < ON_ITS_WAY_MS) return []
  const revisions = node.lag === 1 ? '1 revision' : `${node.lag.toLocaleString('en')} revisions`
  return [
    {
      id: `${node.id} behind`,
      tone: 'warn',
      title: `${node.name} is ${revisions} behind`,
      text: `It serves ${node.revision === null ? 'nothing yet' : `r${node.revision}`}; r${newest.number} is the newest.`,
      since: newest.created_at,
    },
  ]
}

/** What a person should look at, the worst first. */
export function concernsOf(situation: Situation): Concern[] {
  const all = situation.nodes.flatMap((node) => [...rejected(node), ...away(node, situation.now), ...behind(node, situation)])
  return all.sort((a, b) => (a.tone === b.tone ? a.title.localeCompare(b.title, 'en', { numeric: true }) : a.tone === 'bad' ? -1 : 1))
}

/** The sentence where there is nothing to look at. */
export function calmText({ nodes, newest }: Pick<Situation, 'nodes' | 'newest'>): string {
  const connected = nodes.filter((node) => node.state === 'connected').length
  if (connected === 0) return 'No node is connected, so nothing carries traffic yet.'
  const who = connected === 1 ? '1 node serves' : `All ${connected} nodes serve`
  return newest === null ? `${who} an empty configuration.` : `${who} r${newest.number}.`
}
