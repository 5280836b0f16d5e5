import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { keyOf, routePrefix } from '../peers/peer.ts'
import type { Scenario } from '../scenarios/scenarios.ts'

const BYTES = { '1k': 1024, '100k': 100 * 1024, post: 2 } as const
const TIMEOUT_MS = 10_000

/** Fails where the last route of a proxy does not relay the origin's whole answer, or where a limited one takes a wrong key. */
export async function checkFirstAnswer(scenario: Scenario, port: number, { routes, asksForKeys }: { routes: number; asksForKeys: boolean }): Promise<void> {
  const { status, bytes } = await ask(scenario, port, { routes, key: keyOf(Math.max(0, scenario.consumers - 1)) })
  if (status !== 200 || bytes !== BYTES[scenario.resource]) throw new Error(`answers ${status} with ${bytes} bytes`)
  if (!asksForKeys) return
  const wrong = await ask(scenario, port, { routes, key: 'nobody' })
  if (wrong.status !== 401) throw new Error(`answers ${wrong.status} to a wrong key`)
}

function ask(scenario: Scenario, port: number, { routes, key }: { routes: number; key: string }): Promise<{ status: number; bytes: number }> {
  const method = scenario.bodyBytes > 0 ? 'POST' : 'GET'
  const options = { host: '127.0.0.1', servername: 'localhost', port, method, path: `${routePrefix(routes - 1)}${scenario.resource}`, agent: false, rejectUnauthorized: false }
  const headers = { host: `localhost:${port}`, 'accept-encoding': 'identity', ...(scenario.consumers > 0 ? { apikey: key } : {}), 'content-length': scenario.bodyBytes }
  return new Promise((resolve, reject) => {
    const request = (scenario.isTls ? requestSecure : requestPlain)({ ...options, headers, timeout: TIMEOUT_MS }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, bytes }))
      response.once('error', reject)
    })
    request.once('error', reject)
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.end(Buffer.alloc(scenario.bodyBytes, 'x'))
  })
}
