import { type IncomingHttpHeaders, request } from 'node:http'

export interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: string
}

export interface RawRequest {
  base: string
  method?: string
  /** Request target as it goes on the line. */
  path: string
  /** Name and value in turn; Host included where one is wanted. */
  headers?: string[]
  body?: string
}

/** Sends exactly these fields and nothing else. */
export function sendRaw(input: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(input.base)
  const headers = [...(input.headers ?? [])]
  const has = (name: string) => headers.some((field, index) => index % 2 === 0 && field.toLowerCase() === name)
  if (!has('host')) headers.push('Host', `${hostname}:${port}`)
  if (input.body !== undefined && !has('content-length') && !has('transfer-encoding')) headers.push('Content-Length', String(Buffer.byteLength(input.body)))
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method: input.method ?? 'GET', path: input.path, headers, setHost: false, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, rawHeaders: response.rawHeaders, body: Buffer.concat(chunks).toString('utf8') }),
      )
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end(input.body)
  })
}
