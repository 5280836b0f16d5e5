/** A request as the origin reads it, by a reading of its own: not the one that is tested. */
export interface ReceivedMessage {
  line: string
  /** Field lines, with LF between them. */
  fields: string
  body: string
  /** Lines of the trailers, with LF between them. */
  trailers: string
  /** What comes after the end of the message. */
  rest: string
  /** True where the end of the body is there. */
  isWhole: boolean
}

/** Null while the head is not whole. */
export function readMessage(text: string): ReceivedMessage | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.join('\n')
  const after = text.slice(end + 4)
  if (/^transfer-encoding: *chunked$/im.test(fields)) return { line, fields, ...readChunks(after) }
  const length = Number(/^content-length: *(\d+)$/im.exec(fields)?.[1] ?? 0)
  return { line, fields, trailers: '', body: after.slice(0, length), rest: after.slice(length), isWhole: after.length >= length }
}

/** The body in chunks at the start of `text`, and what comes after its last one. */
export function readChunks(text: string): Pick<ReceivedMessage, 'body' | 'trailers' | 'rest' | 'isWhole'> {
  let body = ''
  let at = 0
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at))
    if (size === null) return { body, trailers: '', rest: '', isWhole: false }
    at += size[0].length
    const length = Number.parseInt(size[1] ?? '', 16)
    if (length === 0) {
      const end = text.indexOf('\r\n\r\n', at - 2)
      if (end < 0) return { body, trailers: '', rest: '', isWhole: false }
      return { body, trailers: text.slice(at, end).replaceAll('\r\n', '\n'), rest: text.slice(end + 4), isWhole: true }
    }
    if (text.length < at + length + 2) return { body: body + text.slice(at, at + length), trailers: '', rest: '', isWhole: false }
    body += text.slice(at, at + length)
    at += length + 2
  }
}

/** Every message in `text`, in turn; the last one may not be whole. */
export function readMessages(text: string): ReceivedMessage[] {
  const messages: ReceivedMessage[] = []
  let rest = text
  while (rest !== '') {
    const message = readMessage(rest)
    if (message === null) return [...messages, { line: rest, fields: '', body: '', trailers: '', rest: '', isWhole: false }]
    messages.push(message)
    rest = message.rest
  }
  return messages
}
