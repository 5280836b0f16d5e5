import { ChunkedDecoder } from '../../apps/dataplane/src/http1/chunked-decoder.ts'
import { isInterim, requestFraming, responseFraming } from '../../apps/dataplane/src/http1/framing.ts'
import type { Head } from '../../apps/dataplane/src/http1/head.ts'
import { HeadParser, INCOMPLETE, REFUSED } from '../../apps/dataplane/src/http1/head-parser.ts'

/** How a parser read the first message of some bytes after which the connection ended. */
export interface Reading {
  verdict: 'complete' | 'incomplete' | 'refused'
  /** Method and target, or the status. */
  start: string
  /** Names and values as they came, in turn. */
  fields: string[]
  body: string
  /** Offset after the message, where it is known. */
  end: number
  /** Why, for the report of a failure. */
  reason: string
}

const LIMITS = { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 }

const without = (verdict: 'incomplete' | 'refused', reason: string): Reading => ({ verdict, start: '', fields: [], body: '', end: 0, reason })

/** Bytes in pieces of the same length: `next` takes what comes, until it answers something else than INCOMPLETE. */
function feed(bytes: Buffer, from: number, pieceBytes: number, next: (piece: Buffer, to: number) => number): number {
  for (let at = from; at < bytes.length; at += pieceBytes) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes))
    const answer = next(piece, piece.length)
    if (answer === REFUSED) return REFUSED
    if (answer !== INCOMPLETE) return at + answer
  }
  return INCOMPLETE
}

function readBody(head: Head, framing: string, bytes: Buffer, from: number, pieceBytes: number): Pick<Reading, 'verdict' | 'body' | 'end' | 'reason'> {
  if (framing === 'none') return { verdict: 'complete', body: '', end: from, reason: '' }
  if (framing === 'until_close') return { verdict: 'complete', body: bytes.toString('latin1', from), end: bytes.length, reason: '' }
  if (framing === 'length') {
    const end = from + head.contentLength
    return { verdict: end <= bytes.length ? 'complete' : 'incomplete', body: bytes.toString('latin1', from, end), end, reason: '' }
  }
  const decoder = new ChunkedDecoder()
  let body = ''
  const at = feed(bytes, from, pieceBytes, (piece, to) =>
    decoder.decode(piece, 0, to, (data) => {
      body += data.toString('latin1')
    }),
  )
  if (at === REFUSED) return { verdict: 'refused', body: '', end: 0, reason: `${decoder.error} in the chunks` }
  return { verdict: at === INCOMPLETE ? 'incomplete' : 'complete', body, end: at, reason: '' }
}

/** How our parser reads `text` in pieces of `pieceBytes`. Interim responses are passed over. A response answers GET. */
export function ownReading(text: string, kind: 'request' | 'response', pieceBytes: number): Reading {
  const bytes = Buffer.from(text, 'latin1')
  const parser = new HeadParser(kind, LIMITS)
  let at = 0
  do {
    at = feed(bytes, at, pieceBytes, (piece, to) => parser.parse(piece, 0, to))
    if (at === REFUSED) return without('refused', parser.error ?? '')
    if (at === INCOMPLETE) return without('incomplete', '')
  } while (parser.head !== null && isInterim(parser.head) && parser.head.status !== 101)
  const head = parser.head as Head
  const fields: string[] = []
  for (let index = 0; index < head.fieldCount; index++) fields.push(head.nameAt(index), head.valueAt(index))
  // What follows CONNECT is a tunnel, whatever the fields say.
  const framing = kind === 'response' ? responseFraming(head, 'GET') : head.method === 'CONNECT' ? 'none' : requestFraming(head)
  const { verdict, body, end, reason } = readBody(head, framing, bytes, at, pieceBytes)
  if (verdict !== 'complete') return without(verdict, reason)
  return { verdict, start: kind === 'request' ? `${head.method} ${head.target}` : String(head.status), fields, body, end, reason }
}
