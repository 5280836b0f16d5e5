import { request } from 'node:http'
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../../apps/admin/src/server/api/router.ts'

type Outputs = inferRouterOutputs<AppRouter>
type PathOf<R extends keyof Outputs & string> = `${R}.${keyof Outputs[R] & string}`
/** Every procedure of the API, as `services.create`. */
export type ApiPath = { [R in keyof Outputs & string]: PathOf<R> }[keyof Outputs & string]
/** What a procedure answers; what a subscription yields. */
export type OutputOf<P extends ApiPath> = P extends `${infer R extends keyof Outputs & string}.${infer N}` ? Yielded<Outputs[R][N & keyof Outputs[R]]> : never
type Yielded<T> = T extends AsyncIterable<infer Y, infer _R, infer _N> ? Y : T

const CALL_TIMEOUT_MS = 120_000

export interface ApiAnswer {
  status: number
  headers: Headers
  body: unknown
}

interface ErrorData {
  code: string
  httpStatus: number
  issues?: { path: string; message: string }[]
  dependents?: { type: string; id: string; label: string; on_delete: string }[]
  conflict?: { current: Record<string, unknown>; yours: Record<string, unknown> }
  retry_after_s?: number
  request_id?: string
}

/** A refusal of the API, with what it says. */
export class ApiFailure extends Error {
  readonly code: string
  readonly status: number
  readonly data: ErrorData

  constructor(path: string, message: string, data: ErrorData) {
    super(`${path}: ${message}${data.issues === undefined ? '' : ` ${JSON.stringify(data.issues)}`}`)
    this.code = data.code
    this.status = data.httpStatus
    this.data = data
  }

  /** Paths of the fields that it complains of. */
  get fields(): string[] {
    return (this.data.issues ?? []).map((issue) => issue.path)
  }
}

interface TrpcBody {
  result?: { data?: unknown }
  error?: { message: string; data: ErrorData }
}

/** The API over plain HTTP, with a cookie where a session was begun. */
export class ApiClient {
  readonly url: string
  cookie: string | null

  constructor(url: string, cookie: string | null = null) {
    this.url = url
    this.cookie = cookie
  }

  query<P extends ApiPath>(path: P, input?: unknown): Promise<OutputOf<P>>
  query<T>(path: string, input?: unknown): Promise<T>
  async query(path: string, input?: unknown): Promise<unknown> {
    return this.#read(path, await this.send('GET', `${path}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`}`))
  }

  mutate<P extends ApiPath>(path: P, input?: unknown): Promise<OutputOf<P>>
  mutate<T>(path: string, input?: unknown): Promise<T>
  async mutate(path: string, input?: unknown): Promise<unknown> {
    return this.#read(path, await this.send('POST', path, input ?? {}))
  }

  /** One call as it goes over HTTP; a session that it begins is kept. */
  async send(method: 'GET' | 'POST', pathAndQuery: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}/api/trpc/${pathAndQuery}`, {
      method,
      headers: { ...(this.cookie === null ? {} : { cookie: this.cookie }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    })
    const set = response.headers.getSetCookie()[0]
    if (set !== undefined) this.cookie = set.split(';')[0] ?? null
    const text = await response.text()
    let parsed: unknown = text
    try {
      parsed = JSON.parse(text)
    } catch {
      // Answers of the server itself may be plain text.
    }
    return { status: response.status, headers: response.headers, body: parsed }
  }

  /** The failure of a call that must not succeed. */
  async failure(call: Promise<unknown>): Promise<ApiFailure> {
    const outcome = await call.then(
      (value) => new Error(`the call succeeded: ${JSON.stringify(value)}`),
      (error: unknown) => error,
    )
    if (outcome instanceof ApiFailure) return outcome
    throw outcome
  }

  signIn(email: string, password: string): Promise<unknown> {
    return this.mutate('session.signIn', { email, password })
  }

  subscribe<P extends ApiPath>(path: P, input: unknown, onData: (data: OutputOf<P>) => void): Subscription
  subscribe<T>(path: string, input: unknown, onData: (data: T) => void): Subscription
  subscribe(path: string, input: unknown, onData: (data: never) => void): Subscription {
    const url = `${this.url}/api/trpc/${path}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`}`
    return new Subscription(url, this.cookie, onData as (data: unknown) => void)
  }

  #read(path: string, answer: ApiAnswer): unknown {
    const { result, error } = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as TrpcBody
    if (answer.status < 400 && result !== undefined) return result.data
    if (error?.data !== undefined) throw new ApiFailure(path, error.message, error.data)
    const message = (answer.body as { message?: string } | null)?.message ?? String(answer.body)
    throw new ApiFailure(path, message, { code: `HTTP_${answer.status}`, httpStatus: answer.status })
  }
}

/** One subscription over server-sent events. */
export class Subscription {
  readonly #request: ReturnType<typeof request>
  /** Resolves when the stream has ended, with what it said last: `return`, an error's text, or `closed`. */
  readonly ended: Promise<string>

  constructor(url: string, cookie: string | null, onData: (data: unknown) => void) {
    this.#request = request(url, { headers: { accept: 'text/event-stream', ...(cookie === null ? {} : { cookie }) }, agent: false })
    this.ended = new Promise((resolve) => {
      this.#request.on('error', () => resolve('closed'))
      this.#request.on('response', (response) => {
        let rest = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          const blocks = (rest + chunk).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            const event = /^event: ?(.*)$/m.exec(block)?.[1] ?? 'message'
            const data = /^data: ?(.*)$/m.exec(block)?.[1]
            if (event === 'message' && data !== undefined && data !== '') onData(JSON.parse(data))
            else if (event === 'serialized-error') resolve(data ?? event)
            else if (event === 'return') resolve('return')
          }
        })
        response.on('close', () => resolve(response.statusCode === 200 ? 'closed' : `${response.statusCode} ${rest}`))
      })
    })
    this.#request.end()
  }

  stop(): void {
    this.#request.destroy()
  }
}
