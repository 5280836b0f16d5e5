import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, BlockList } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { PluginHttp } from './plugin-http.ts'

const ALLOWED = { allowPrivate: true, allow: new BlockList() }
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x?a=1`
}

const question = (url: string, more: object = {}) => ({ url, method: 'GET' as const, timeoutMs: 2_000, maxBytes: 1_000, verifiesHost: true, ...more })

test('a question goes out with its fields and its body, and the answer comes back whole', async () => {
  const url = await serve((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () =>
      response.writeHead(201, { 'content-type': 'Application/JSON; charset=utf-8' }).end(`${request.method} ${request.url} ${request.headers['x-a']} ${body}`),
    )
  })
  const answer = await new PluginHttp(ALLOWED).ask(question(url, { method: 'POST', headers: { 'x-a': '1' }, body: 'grün' }))
  expect(answer).toEqual({ status: 201, mediaType: 'application/json', body: 'POST /x?a=1 1 grün' })
})

describe('there is no answer', () => {
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, object, RegExp]>([
    ['that is longer than asked for', (_, response) => response.end('x'.repeat(1_001)), {}, /longer than 1000 bytes/],
    ['that never ends', (_, response) => response.write('x'), { timeoutMs: 100 }, /no answer within 100 ms|too early/],
    ['that never begins', () => {}, { timeoutMs: 100 }, /no answer within 100 ms/],
    ['that is cut', (_, response) => response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy()), {}, /aborted|too early/],
    ['of which the head is too long', (_, response) => response.writeHead(200, { a: 'x'.repeat(20_000) }).end(), {}, /overflow/i],
  ])('%s', async (_, answer, more, message) => {
    await expect(new PluginHttp(ALLOWED).ask(question(await serve(answer), more))).rejects.toThrow(message)
  })

  test.each(['127.0.0.1', 'localhost'])('from %s, where upstreams may not have such addresses', async (host) => {
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.end()
    })
    const refusing = new PluginHttp({ allowPrivate: false, allow: new BlockList() })
    await expect(refusing.ask(question(url.replace('127.0.0.1', host)))).rejects.toThrow('upstreams may have')
    expect(asked).toBe(0)
  })

  test('from what is no HTTP', async () => {
    await expect(new PluginHttp(ALLOWED).ask(question('ftp://127.0.0.1/'))).rejects.toThrow('neither http: nor https:')
  })
})

test('a redirect is not followed', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: 'http://evil.test/' }).end())
  expect((await new PluginHttp(ALLOWED).ask(question(url))).status).toBe(302)
})

test('at most 256 questions are open, over at most 16 connections', async () => {
  let most = 0
  let open = 0
  const waiting: ServerResponse[] = []
  const url = await serve((_, response) => {
    open += 1
    most = Math.max(most, open)
    waiting.push(response)
  })
  const http = new PluginHttp(ALLOWED)
  const outcomes = Promise.all(
    Array.from({ length: 260 }, () =>
      http
        .ask(question(url, { timeoutMs: 20_000 }))
        .then(({ status }) => status)
        .catch((error: Error) => error.message),
    ),
  )
  const answerAll = setInterval(() => {
    for (const response of waiting.splice(0)) {
      open -= 1
      response.end()
    }
  }, 5)
  const settled = await outcomes
  clearInterval(answerAll)
  expect(settled.filter((outcome) => outcome === 'too many questions are open')).toHaveLength(4)
  expect(settled.filter((outcome) => outcome === 200)).toHaveLength(256)
  expect(most).toBeLessThanOrEqual(16)
})
