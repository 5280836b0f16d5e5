import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/api/router.ts'

export type ShownRevision = inferRouterOutputs<AppRouter>['revisions']['list']['items'][number]

export interface Acknowledged {
  sign: 'applied' | 'rejected' | 'waiting' | 'nobody'
  text: string
}

/** How far a revision came, in a table: `2 of 2 in 41 ms`. */
export function acknowledgedOf(revision: Pick<ShownRevision, 'nodes' | 'applied' | 'rejected' | 'applied_ms'>): Acknowledged {
  const { nodes, applied, rejected, applied_ms: ms } = revision
  if (nodes === 0) return { sign: 'nobody', text: 'no node' }
  if (rejected > 0) return { sign: 'rejected', text: `${applied} of ${nodes}, ${rejected} rejected` }
  if (applied < nodes) return { sign: 'waiting', text: `${applied} of ${nodes}` }
  return { sign: 'applied', text: ms === null ? `${applied} of ${nodes}` : `${applied} of ${nodes} in ${formatDelay(ms)}` }
}

/** The same in a sentence. */
export function acknowledgedSentence(revision: Pick<ShownRevision, 'nodes' | 'applied' | 'rejected' | 'applied_ms'>): string {
  const { nodes, applied, rejected, applied_ms: ms } = revision
  if (nodes === 0) return 'No node has heard of it yet.'
  const who = `${applied} of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} applied it`
  if (rejected > 0) return `${who}, ${rejected} rejected it.`
  if (applied < nodes || ms === null) return `${who}.`
  return `${who}, ${nodes === 1 ? 'in' : 'the slowest in'} ${formatDelay(ms)}.`
}

/** From commit to the last acknowledgement. A node that was away at the time makes it long, so it grows into seconds and hours. */
export function formatDelay(ms: number): string {
  if (ms < 10_000) return `${Math.max(1, Math.round(ms)).toLocaleString('en')} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

export const REVISION_MAX = 2 ** 31 - 1

/** A revision's number as an address or a field has it; null where it is none. `r12` is read too. */
export function readRevision(text: string | null): number | null {
  const match = /^r?(\d{1,10})$/.exec(text?.trim() ?? '')
  const number = Number(match?.[1])
  return match === null || number > REVISION_MAX ? null : number
}
