import { METHODS } from 'node:http'
import { randomMessage, seededRandom } from './http1-messages.ts'
import type { Llhttp } from './llhttp-reading.ts'
import { ownReading, type Reading } from './own-reading.ts'

export interface Comparison {
  messages: number
  /** Messages that both read to the end, in the same way. */
  accepted: number
  refused: number
  /** One line per disagreement that could be an attack. */
  faults: string[]
}

const shown = (reading: Reading) => JSON.stringify([reading.verdict, reading.start, reading.fields, reading.body, reading.reason])

/** llhttp knows a list of methods; RFC 9110 9.1 lets every token be one, and a method that nobody knows frames nothing differently. */
const isOfUnknownMethod = (own: Reading, other: Reading) => other.reason === 'HPE_INVALID_METHOD' && !METHODS.includes(own.start.split(' ')[0] ?? '')

/** Why the two readings of one message are not safe beside each other, or null. We may refuse what llhttp takes, never the reverse. */
function faultOf(own: Reading, other: Reading): string | null {
  if (own.verdict !== 'complete') return null
  if (other.verdict !== 'complete') return isOfUnknownMethod(own, other) ? null : 'we take what llhttp does not'
  const isSame = own.start === other.start && own.body === other.body && own.fields.join('\n') === other.fields.join('\n')
  return isSame ? null : 'we read something else than llhttp'
}

/** Compares random messages until `untilMs` or ten faults. Everything but the number of messages follows from `seed`. */
export async function compareReadings(llhttp: Llhttp, seed: number, untilMs: number): Promise<Comparison> {
  const random = seededRandom(seed)
  const result: Comparison = { messages: 0, accepted: 0, refused: 0, faults: [] }
  while (performance.now() < untilMs && result.faults.length < 10) {
    const kind = random() < 0.6 ? 'request' : 'response'
    const text = randomMessage(random, kind)
    const own = ownReading(text, kind, text.length)
    result.messages++
    if (own.verdict === 'complete') result.accepted++
    if (own.verdict === 'refused') result.refused++
    const inPieces = ownReading(text, kind, 1 + Math.floor(random() * 3))
    if (shown(inPieces) !== shown(own)) result.faults.push(`split: ${kind} ${JSON.stringify(text)}\n  whole ${shown(own)}\n  split ${shown(inPieces)}`)
    // What we refuse needs no second opinion.
    if (own.verdict !== 'complete') continue
    // Of the bytes behind the message llhttp gets none: they are not what is compared.
    const other = await llhttp.read(text.slice(0, own.end), kind)
    const fault = faultOf(own, other)
    if (fault !== null) result.faults.push(`${fault}: ${kind} ${JSON.stringify(text)}\n  own    ${shown(own)}\n  llhttp ${shown(other)}`)
  }
  return result
}
