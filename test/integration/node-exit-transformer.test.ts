import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Errors of the gateway in the form of the house, and answers that are none. */

let node: NodeProcess
let origin: Origin

beforeAll(async () => {
  origin = await Origin.start('echo', (_, response, received) => {
    response.statusCode = received.url === '/missing' ? 404 : 200
    response.end('of the upstream')
  })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
  const exit = (name: string, more: Record<string, unknown> = {}) => ({
    name: 'exit-transformer',
    config: { templates: [{ body: `{"${name}":{status},"text":"{message}","trace":"{request_id}"}` }], ...more },
  })
  const keyAuth = { name: 'key-auth', config: {} }
  const document = {
    _format_version: '3.0',
    plugins: [exit('global', { handle_unknown: true })],
    services: [
      {
        name: 's',
        url: origin.url,
        routes: [
          { name: 'plain', paths: ['/'], hosts: ['plain.test'] },
          { name: 'own', paths: ['/'], hosts: ['own.test'], plugins: [keyAuth, exit('own'), { name: 'correlation-id', config: { header_name: 'X-Id', echo_downstream: true } }] },
          { name: 'ended', paths: ['/'], hosts: ['ended.test'], plugins: [{ name: 'request-termination', config: { status_code: 200, message: 'fine' } }] },
        ],
      },
      { name: 'dead', url: 'http://127.0.0.1:1', retries: 0, routes: [{ name: 'dead', paths: ['/'], hosts: ['dead.test'] }] },
    ],
  }
  const answer = await node.postConfig(document)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const ask = (host: string, path = '/', headers: string[] = []) => sendRaw({ base: node.proxy, path, headers: ['Host', host, ...headers] })

describe('exit-transformer', () => {
  test('writes the refusal of a plugin, with its headers, the length of the new body and what plugins add', async () => {
    const { status, headers, body } = await ask('own.test')
    expect(status).toBe(401)
    expect(JSON.parse(body)).toEqual({ own: 401, text: 'No API key found in request', trace: headers['x-sluice-request-id'] })
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'content-length': String(body.length), 'www-authenticate': expect.stringContaining('Key') })
    expect(headers['x-id']).toMatch(/.+#\d+/)
  })

  test('writes the error of a failed attempt', async () => {
    const { status, headers, body } = await ask('dead.test')
    expect(status).toBe(502)
    expect(JSON.parse(body)).toMatchObject({ global: 502, text: 'An invalid response was received from the upstream server' })
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', via: '1.1 sluice' })
  })

  test('writes the 404 of no route where it is global and asked for', async () => {
    const { status, body } = await ask('other.test')
    expect(status).toBe(404)
    expect(JSON.parse(body)).toMatchObject({ global: 404, text: 'no Route matched with those values' })
  })

  test('answers HEAD with the head alone', async () => {
    const answer = await RawSocket.talk(node.proxy, 'HEAD / HTTP/1.1\r\nHost: own.test\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*Content-Length: \d+[\s\S]*\r\n\r\n$/)
  })

  test.each([
    ['an error that an upstream answers', 'plain.test', '/missing', 404, 'of the upstream'],
    ['an answer of the upstream', 'plain.test', '/', 200, 'of the upstream'],
    ['an answer of a plugin that is no error', 'ended.test', '/', 200, '{"message":"fine"}'],
  ])('leaves %s as it is', async (_, host, path, status, body) => {
    expect(await ask(host, path)).toMatchObject({ status, body })
  })

  test('leaves a request alone that cannot be read', async () => {
    const answer = await RawSocket.talk(node.proxy, 'GET / HTTP/1.1\r\nHost: own.test\r\nHost: own.test\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).not.toContain('global')
  })

  test('leaves the answer to a call of gRPC alone, which has what the refusal says', async () => {
    const session = connect(node.proxy)
    try {
      const { headers, body } = await fetchHttp2(session, { ':path': '/', ':method': 'POST', ':authority': 'own.test', 'content-type': 'application/grpc', te: 'trailers' }, '')
      expect(headers).toMatchObject({ 'grpc-status': '16', 'grpc-message': 'No API key found in request' })
      expect(body.toString()).toBe('')
    } finally {
      await closeSession(session)
    }
  })
})
