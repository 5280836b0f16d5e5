import { formatDifference, formatRate } from '../../ui/charts/measure.ts'

/** One consequence, in parts so that the number can stand out. */
export interface Consequence {
  before: string
  strong: string
  after: string
}

export interface Move {
  /** Per cent that is saved now, and that is wished for. */
  from: number
  to: number
  /** Requests per second of the whole service; null while unknown. */
  total: number | null
  isSticky: boolean
}

const part = (percentage: number, total: number) => (total * percentage) / 100

function requests({ from, to, total }: Move): Consequence {
  if (total === null)
    return { before: 'change the share of the canary by ', strong: `${to > from ? '+' : '−'}${Math.abs(to - from).toFixed(1)} points`, after: ' (no traffic is reported yet)' }
  if (total === 0) return { before: 'move ', strong: 'no requests', after: ' yet: the service has none now' }
  const difference = formatDifference(part(to, total) - part(from, total))
  const after = `(${formatRate(part(to, total))} in all)`
  return to > from
    ? { before: 'send ', strong: difference, after: ` requests/s to the canary ${after}` }
    : { before: 'take ', strong: difference, after: ` requests/s off the canary ${after}` }
}

function callers({ from, to, isSticky }: Move): Consequence {
  if (!isSticky) return { before: 'draw ', strong: 'every request', after: ' anew: no caller is kept on a side' }
  if (to > from) return { before: 'take ', strong: 'no one', after: ' back to stable' }
  return { before: 'move ', strong: `${(from - to).toFixed(1)} %`, after: ' of the callers back to stable, and no one to the canary' }
}

/** What Apply is going to do, in plain numbers. */
export function consequencesOf(move: Move): Consequence[] {
  const ends: Consequence[] =
    move.to === 100
      ? [{ before: 'leave ', strong: 'nothing', after: ' on stable' }]
      : move.to === 0
        ? [{ before: 'leave ', strong: 'nothing', after: ' on the canary but forced requests' }]
        : []
  return [requests(move), callers(move), ...ends]
}

export const textOf = ({ before, strong, after }: Consequence) => `${before}${strong}${after}`

/** The share of the canary as requests, for the head of the page. */
export function blastRadius(percentage: number, total: number | null): string | null {
  return total === null ? null : formatRate(part(percentage, total))
}
