import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'

export interface Http2Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  trailers: Record<string, string | string[] | undefined> | null
  body: Buffer
  /** 0 where the stream ended in order. */
  rstCode: number
}

/** Collects what comes back on a stream until it is closed. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const answer: Http2Answer = { status: 0, headers: {}, trailers: null, body: Buffer.alloc(0), rstCode: 0 }
  const pieces: Buffer[] = []
  stream.on('response', (headers) => {
    answer.status = Number(headers[':status'])
    answer.headers = headers
  })
  stream.on('trailers', (trailers) => {
    answer.trailers = { ...trailers }
  })
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  // What an error means is told by the code of the reset.
  stream.on('error', () => {})
  return new Promise((resolve) =>
    stream.once('close', () => {
      answer.body = Buffer.concat(pieces)
      answer.rstCode = stream.rstCode
      resolve(answer)
    }),
  )
}

/** One request and its whole answer. */
export function fetchHttp2(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Buffer | string): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined })
  const answer = answerOf(stream)
  if (body !== undefined) stream.end(body)
  return answer
}

/** Ends a session whatever runs on it. */
export async function closeSession(session: ClientHttp2Session): Promise<void> {
  if (session.destroyed) return
  const closed = new Promise<void>((resolve) => session.once('close', () => resolve()))
  session.destroy()
  await closed
}
