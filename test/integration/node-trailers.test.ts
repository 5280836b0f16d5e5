import { connect } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, closeSession } from './harness/http2-client.ts'
import { NodeProcess } from './harness/node-process.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Trailers between versions of HTTP, and where there is no place for them; over HTTP/1.1 alone: test/conformance/http1. */

let node: NodeProcess
let origin: RawOrigin

beforeAll(async () => {
  origin = await RawOrigin.start(({ socket, text }) => {
    if (!/\r\n0\r\n(?:[^\r]+\r\n)*\r\n$/.test(text) && !/^GET [\s\S]*\r\n\r\n$/.test(text)) return
    socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\nSet-Cookie: a=b\r\n\r\n')
  })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
  const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, routes: [{ name: 'all', paths: ['/'] }] }] })
  expect(status).toBe(201)
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

test('go from HTTP/2 to an upstream of HTTP/1.1 and back, without those that may be none', async () => {
  const session = connect(node.proxy)
  const stream = session.request({ ':method': 'POST', ':path': '/http2', te: 'trailers' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-mine': '7', authorization: 'Basic eA==', 'x-consumer-id': 'root' }))
  const answer = answerOf(stream)
  stream.end('abc')
  expect(await answer).toMatchObject({ status: 200, trailers: { 'x-sum': '42' } })
  expect((await answer).trailers).not.toHaveProperty('set-cookie')
  expect(origin.connections.at(-1)?.text).toMatch(/\r\n0\r\nx-mine: 7\r\n\r\n$/)
  await closeSession(session)
})

test('are dropped for a client of HTTP/1.0, which has no chunks', async () => {
  const answer = await RawSocket.talk(node.proxy, 'GET /old HTTP/1.0\r\nHost: a\r\nTE: trailers\r\n\r\n')
  expect(answer).toMatch(/\r\n\r\nabc$/)
  expect(answer).not.toMatch(/trailer:|x-sum/i)
})
