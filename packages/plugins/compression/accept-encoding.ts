const MEMBER = /^([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$/

/** Weights by coding, in lower case. What has no legal form is passed by. */
function weightsOf(field: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const part of field.toLowerCase().split(',')) {
    const match = MEMBER.exec(part.trim())
    if (match === null) continue
    const [, name = '', weight] = match
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Math.min(1, Number(weight)))
  }
  return weights
}

/** The coding that a client likes best of those that are offered, the preferred one first; null for the plain body (RFC 9110 12.5.3). */
export function chooseCoding<Coding extends string>(field: string | null, offered: readonly Coding[]): Coding | null {
  if (field === null) return null
  const weights = weightsOf(field)
  const any = weights.get('*')
  let best: Coding | null = null
  // A plain body is what a client takes when it likes nothing better; where it names it, it is one among the others.
  let bestWeight = weights.get('identity') ?? 0
  for (const coding of offered) {
    const weight = weights.get(coding) ?? any ?? 0
    if (weight > 0 && (weight > bestWeight || (best === null && weight === bestWeight && weight > 0))) {
      best = coding
      bestWeight = weight
    }
  }
  return best
}
