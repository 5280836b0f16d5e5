import { existsSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import next from 'next'
import { SettingsError } from '../environment.ts'

export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The development server's own sockets, or null in production. */
  upgrade: ((request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>) | null
  close(): Promise<void>
}

/** Next.js renders pages and nothing else; the API never passes through it. */
export async function startPages(options: { dir: string; server: Server; host: string; port: number; isDevelopment: boolean }): Promise<Pages> {
  const { dir, server, host, port, isDevelopment } = options
  if (!isDevelopment && !existsSync(join(dir, '.next', 'BUILD_ID')))
    throw new SettingsError('the dashboard is not built; run npm start, which builds it, or set SLUICE_DASHBOARD=off')
  const app = next({ dev: isDevelopment, hostname: host, port, httpServer: server, dir })
  await app.prepare()
  const handler = app.getRequestHandler()
  const upgrade = app.getUpgradeHandler()
  return {
    handle: (request, response) => handler(request, response),
    upgrade: isDevelopment ? (request, socket, head) => upgrade(request, socket, head) : null,
    close: () => app.close(),
  }
}
