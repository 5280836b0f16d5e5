import type { AttemptRequest } from '../attempt.ts'

/** RFC 9113 8.2.2: fields of an HTTP/1.1 connection; Host goes as `:authority`. */
const LEFT = new Set(['host', 'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** The fields of a request over HTTP/2, name and value in turn, out of its HTTP/1.1 head. */
export function requestFields({ head, method, tls }: AttemptRequest): string[] {
  const lines = head.split('\r\n')
  const target = lines[0]?.split(' ')[1] ?? '/'
  const fields: string[] = []
  let authority = ''
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] as string
    const colon = line.indexOf(':')
    if (colon < 0) break
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'host') authority = value
    else if (!LEFT.has(name)) fields.push(name, value)
  }
  return [':method', method, ':scheme', tls === null ? 'http' : 'https', ':authority', authority, ':path', target, ...fields]
}
