import { Ban, Check, CircleDashed, CircleX, Hourglass, type LucideIcon, Minus, Plug } from 'lucide-react'
import type { Sign, Tone, Word } from './node-words.ts'

const ICONS: Record<Sign, LucideIcon> = {
  connected: Plug,
  away: CircleDashed,
  revoked: Ban,
  applied: Check,
  applying: Hourglass,
  behind: Hourglass,
  rejected: CircleX,
  nothing: Minus,
}
const CLASSES: Record<Tone, string> = { quiet: 'word i2', ok: 'word t-ok', warn: 'word t-warn', bad: 'word t-bad' }

/** A state as icon and word; never by colour alone. */
export function StateWord({ word }: { word: Word }) {
  const Icon = ICONS[word.sign]
  return (
    <span className={CLASSES[word.tone]}>
      <Icon className="i" aria-hidden="true" />
      {word.text}
    </span>
  )
}
