import { Check, CircleX, Hourglass, type LucideIcon, Minus } from 'lucide-react'
import { type Acknowledged, acknowledgedOf, acknowledgedSentence, type ShownRevision } from './revision-words.ts'

const ICONS: Record<Acknowledged['sign'], LucideIcon> = { applied: Check, rejected: CircleX, waiting: Hourglass, nobody: Minus }
const CLASSES: Record<Acknowledged['sign'], string> = { applied: 'word i2', rejected: 'word t-bad', waiting: 'word t-warn', nobody: 'word i3' }

export function AckWord({ revision }: { revision: ShownRevision }) {
  const { sign, text } = acknowledgedOf(revision)
  const Icon = ICONS[sign]
  return (
    <span className={CLASSES[sign]}>
      <Icon className="i" aria-hidden="true" />
      {text}
    </span>
  )
}

/** The same as a sentence, for the page of one revision. */
export function AckSentence({ revision }: { revision: Omit<ShownRevision, 'changes'> }) {
  const { sign } = acknowledgedOf(revision)
  const Icon = ICONS[sign]
  return (
    <span className="row" role="status">
      <Icon className={sign === 'rejected' ? 'i t-bad' : sign === 'applied' ? 'i t-ok' : 'i'} aria-hidden="true" />
      {acknowledgedSentence(revision)}
    </span>
  )
}
