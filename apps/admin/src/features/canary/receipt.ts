import { formatWeight } from '../../ui/slats/weight-model.ts'

/** How far a revision came, as the control plane counts it. */
export interface Acknowledged {
  number: number
  nodes_total: number
  applied: number
  rejected: number
  ms: number | null
}

/** A node that joined later applied the revision long after it was made; then the time says nothing about the change. */
const TELLING_MS = 60_000

export function formatTook(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

const nodes = (count: number) => (count === 1 ? '1 node' : `${count} nodes`)

/** True once every node that counts has answered. Without nodes there is nothing to wait for. */
export function isSettled({ nodes_total, applied, rejected }: Acknowledged): boolean {
  return applied + rejected >= nodes_total
}

export type ReceiptKind = 'waiting' | 'applied' | 'partly' | 'rejected' | 'unheard'

export function kindOf(state: Acknowledged): ReceiptKind {
  if (state.nodes_total === 0) return 'unheard'
  if (!isSettled(state)) return 'waiting'
  if (state.rejected === 0) return 'applied'
  return state.applied === 0 ? 'rejected' : 'partly'
}

/** The line under the slider: "25.0 % applied by 2 of 2 nodes in 41 ms". */
export function receiptText(percentage: number, state: Acknowledged): string {
  const weight = `${formatWeight(percentage)} %`
  const of = `${state.applied} of ${nodes(state.nodes_total)}`
  const took = state.ms === null || state.ms >= TELLING_MS ? '' : ` in ${formatTook(state.ms)}`
  switch (kindOf(state)) {
    case 'unheard':
      return `${weight} is saved. No node is connected; nodes take it over when they connect`
    case 'waiting':
      return `${weight} is saved, applied by ${of} so far`
    case 'applied':
      return `${weight} applied by ${of}${took}`
    case 'partly':
      return `${weight} applied by ${of}${took}, rejected by ${state.rejected}`
    case 'rejected':
      return `${weight} rejected by ${state.rejected} of ${nodes(state.nodes_total)}; they keep serving what they had`
  }
}
