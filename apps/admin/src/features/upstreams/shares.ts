interface Weighted {
  id: string
  weight: number
}

/** The part of the traffic in per cent that each target gets; all 0 where no target takes any. */
export function sharesOf(targets: readonly Weighted[]): ReadonlyMap<string, number> {
  const total = targets.reduce((sum, target) => sum + target.weight, 0)
  return new Map(targets.map((target) => [target.id, total === 0 ? 0 : (target.weight / total) * 100]))
}

/** `33.3 %`, and no decimals where they say nothing. */
export function formatShare(share: number): string {
  return `${share.toLocaleString('en', { maximumFractionDigits: 1 })} %`
}

/** What the nodes will do with these targets, where that is not simply to balance over them. */
export function targetsWarning(targets: readonly Weighted[]): string | null {
  if (targets.length === 0) return null
  return targets.every((target) => target.weight === 0) ? 'All targets have weight 0, so none takes requests: they are answered with 503.' : null
}
