import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { appRouter } from '../api/router.ts'
import { type ApiContext, type ApiParts, newRequestId, toTrpcError } from '../api/trpc.ts'
import type { SignedIn } from '../auth/operators.ts'
import { askedFor } from './asked-for.ts'
import { setPagePolicy, setSecurityHeaders } from './security-headers.ts'
import { cookieName, readCookie, sessionCookie } from './session-cookie.ts'

const API_PATH = '/api/trpc/'
const BODY_BYTES_MAX = 20 * 1024 * 1024
/** Pages and files that need no session. */
const PUBLIC = /^\/(_next\/|sign-in$|set-up$|reset-password$|icon|favicon|fonts\/)/

export interface WebParts {
  api: ApiParts
  origins: ReadonlySet<string>
  isSecure: boolean
  isDevelopment: boolean
  /** Null where the dashboard is off. */
  pages: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null
  /** Why this control plane is not ready, or null. */
  notReady(): Promise<string | null>
  log(fields: Record<string, unknown>, message: string): void
}

function sendJson(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
  response.end(text)
}

/** Everything that comes over HTTP but upgrades: health, API, pages. */
export class WebRequests {
  readonly #parts: WebParts
  readonly #trpc: (request: IncomingMessage, response: ServerResponse) => void

  constructor(parts: WebParts) {
    this.#parts = parts
    this.#trpc = createHTTPHandler({
      router: appRouter,
      basePath: API_PATH,
      maxBodySize: BODY_BYTES_MAX,
      createContext: ({ req, res }) => this.#context(req, res),
      onError: ({ error, path, ctx }) => {
        if (error.code === 'INTERNAL_SERVER_ERROR') parts.log({ request_id: ctx?.requestId, path, error: error.stack, cause: error.cause?.message }, 'an API call failed')
      },
    })
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response, this.#parts.isSecure)
    const [path = '/'] = (request.url ?? '/').split('?')
    if (path === '/livez') return sendJson(response, 200, { status: 'alive' })
    if (path === '/readyz') return this.#ready(response)
    if (path.startsWith(API_PATH)) return this.#api(request, response)
    return this.#page(path, request, response)
  }

  async #ready(response: ServerResponse): Promise<void> {
    const reason = await this.#parts.notReady()
    sendJson(response, reason === null ? 200 : 503, reason === null ? { status: 'ready' } : { status: 'not ready', reason })
  }

  #api(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers
    // Same-site cookies stop most forged requests; a page of another port on this host is same-site, so the origin is checked too.
    if (origin !== undefined && !this.#parts.origins.has(origin)) {
      return sendJson(response, 403, { message: `requests from ${origin} are refused; set SLUICE_PUBLIC_URL to the address in the browser` })
    }
    response.setHeader('Cache-Control', 'no-store')
    this.#trpc(request, response)
  }

  async #page(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#parts.pages === null) return sendJson(response, 404, { message: 'this control plane has its dashboard switched off (SLUICE_DASHBOARD)' })
    if (!PUBLIC.test(path) && (await this.#operator(request)) === null) {
      const needsSetUp = await this.#parts.api.operators.needsSetUp()
      const target = needsSetUp ? '/set-up' : path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(askedFor(request.url ?? '/'))}`
      response.writeHead(303, { Location: target, 'Cache-Control': 'no-store' })
      response.end()
      return
    }
    if (!path.startsWith('/_next/')) setPagePolicy(request, response, this.#parts.isDevelopment)
    await this.#parts.pages(request, response)
  }

  #token(request: IncomingMessage): string | null {
    return readCookie(request.headers.cookie, cookieName(this.#parts.isSecure))
  }

  async #operator(request: IncomingMessage): Promise<SignedIn | null> {
    const token = this.#token(request)
    return token === null ? null : this.#parts.api.operators.bySession(token)
  }

  async #context(request: IncomingMessage, response: ServerResponse): Promise<ApiContext> {
    return {
      parts: this.#parts.api,
      requestId: newRequestId(),
      operator: await this.#operator(request).catch((error: unknown) => Promise.reject(toTrpcError(error))),
      sessionToken: this.#token(request),
      address: request.socket.remoteAddress ?? 'unknown',
      setSession: (token) => response.setHeader('Set-Cookie', sessionCookie(token, this.#parts.isSecure)),
    }
  }
}
