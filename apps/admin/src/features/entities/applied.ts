export interface Applied {
  number: number
  nodes_total: number
  applied: number
  rejected: number
  ms: number | null
}

/** How far a revision has come, as the receipt says it: `applied by 2 of 2 nodes in 41 ms`. */
export function appliedText(state: Applied | null): string {
  if (state === null) return 'on its way to the nodes'
  const { nodes_total: total, applied, rejected, ms } = state
  if (total === 0) return 'no node is connected'
  const nodes = `${total} ${total === 1 ? 'node' : 'nodes'}`
  if (rejected > 0) return `applied by ${applied} of ${nodes}, rejected by ${rejected}`
  if (applied < total) return `applied by ${applied} of ${nodes} so far`
  return `applied by ${applied} of ${nodes}${ms === null ? '' : ` in ${Math.max(1, Math.round(ms))} ms`}`
}

export function isRejected(state: Applied | null): boolean {
  return state !== null && state.rejected > 0
}
