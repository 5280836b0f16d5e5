interface Comparison {
  title: string
  stable: string
  canary: string
  names: { stable: string; canary: string }
  unit: string
}

const NOTHING = '–'

/** What the two lanes show, for those who do not see them. */
export function compareLanes({ title, stable, canary, names, unit }: Comparison): string {
  const say = (value: string) => (value === NOTHING ? 'nothing to measure' : `${value}${unit}`)
  return `${title} now: canary ${names.canary} ${say(canary)}, stable ${names.stable} ${say(stable)}.`
}
