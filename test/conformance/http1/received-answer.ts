import { readChunks } from './received-message.ts'

/** An answer as the client reads it, by a reading of its own: not the one that is tested. */
export interface ReceivedAnswer {
  status: number
  /** Field lines, with LF between them. */
  fields: string
  body: string
  /** Lines of the trailers, with LF between them. */
  trailers: string
  /** What comes after the end of the answer. */
  rest: string
  /** True where the end of the body is there. */
  isWhole: boolean
}

/** Every answer in `text`, interim ones too, to requests of these methods; the last one may not be whole. RFC 9112 6.3. */
export function readAnswers(text: string, methods: readonly string[], isClosed: boolean): ReceivedAnswer[] {
  const answers: ReceivedAnswer[] = []
  let rest = text
  let finals = 0
  while (rest.includes('\r\n\r\n')) {
    const answer = readAnswer(rest, methods[finals] ?? 'GET', isClosed)
    answers.push(answer)
    if (answer.status >= 200) finals += 1
    rest = answer.rest
  }
  return answers
}

function readAnswer(text: string, method: string, isClosed: boolean): ReceivedAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.join('\n')
  const after = text.slice(end + 4)
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(line)?.[1] ?? Number.NaN)
  if (!(status >= 100)) throw new Error(`no status line: ${JSON.stringify(text.slice(0, 200))}`)
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { status, fields, body: '', trailers: '', rest: after, isWhole: true }
  if (/^transfer-encoding: *chunked$/im.test(fields)) return { status, fields, ...readChunks(after) }
  const length = /^content-length: *(\d+)$/im.exec(fields)?.[1]
  if (length === undefined) return { status, fields, body: after, trailers: '', rest: '', isWhole: isClosed }
  return { status, fields, body: after.slice(0, Number(length)), trailers: '', rest: after.slice(Number(length)), isWhole: after.length >= Number(length) }
}
