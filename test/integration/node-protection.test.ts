import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Plugins that refuse what a request brings, through a real node: bodies that stream, and what an upstream gets to see of them. */

let node: NodeProcess
let origin: Origin

beforeAll(async () => {
  origin = await Origin.start('echo')
  node = await NodeProcess.start({})
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})
beforeEach(() => {
  origin.received.length = 0
})

interface Plugin {
  name: string
  config: Record<string, unknown>
}

async function serve(plugins: Plugin[], route: Record<string, unknown> = {}): Promise<void> {
  const document = { _format_version: '3.0', services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins, ...route }] }] }
  const answer = await node.postConfig(document)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const chunked = (...pieces: string[]) => `${pieces.map(chunk).join('')}0\r\n\r\n`
const LONG = 'x'.repeat(1_200_000)
const talk = (head: string, body: string) =>
  RawSocket.talk(node.proxy, `POST / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`)

describe.each([
  ['that the route holds', {}],
  ['of a route without request_buffering', { request_buffering: false }],
])('json-threat-protection on a body %s', (_, route) => {
  beforeAll(() => serve([{ name: 'json-threat-protection', config: { max_body_size: -1, max_container_depth: 2 } }], route))

  test('refuses a short one before the upstream is called', async () => {
    expect(await talk('Content-Length: 5', '[[[1]')).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"message":"Bad Request"\}$/)
    expect(origin.received).toEqual([])
  })

  test('takes a short one as it is', async () => {
    expect(await talk('Content-Length: 5', '[[1]]')).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received.map(({ body }) => body)).toEqual(['[[1]]'])
  })
})

describe('json-threat-protection on a body of more than 1 MiB', () => {
  beforeAll(() => serve([{ name: 'json-threat-protection', config: { max_body_size: 2 ** 22, max_container_depth: 2 } }]))

  test('streams it on where it is within the limits', async () => {
    const body = JSON.stringify([LONG, [1]])
    expect(await talk(`Content-Length: ${body.length}`, body)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await talk('Transfer-Encoding: chunked', chunked(body.slice(0, 600_000), body.slice(600_000)))).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received.map((received) => received.body === body)).toEqual([true, true])
  })

  test.each([
    ['breaks a limit', `["${LONG}",[[1]]]`],
    ['is not whole', `["${LONG}",[1]`],
    ['is longer than it may be', `["${'x'.repeat(2 ** 22)}"]`],
  ])('cuts one off that %s, and the upstream never sees its end', async (_, body) => {
    for (const answer of [await talk(`Content-Length: ${body.length}`, body), await talk('Transfer-Encoding: chunked', chunked(body.slice(0, 1_000_000), body.slice(1_000_000)))]) {
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"message":"Bad Request"\}$/)
    }
    expect(origin.received).toEqual([])
  })

  test('shows it to no plugin behind, which would have to parse it', async () => {
    await serve([
      { name: 'json-threat-protection', config: { max_body_size: 2 ** 22, max_container_depth: 2 } },
      { name: 'request-transformer', config: { add: { body: ['a:b'] }, max_body_size: 2 ** 22 } },
    ])
    expect(await talk('Transfer-Encoding: chunked', chunked(`{"a":"${LONG}","b":[[1]]}`))).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"message":"Bad Request"\}$/)
    await until('the finding in the log', () => (node.output.includes("threat detected: 'container_depth', action taken: block, found in body") ? true : null))
  })
})

describe('request-validator', () => {
  const config = {
    version: 'draft202012',
    body_schema: '{"type":"object","required":["name"]}',
    parameter_schema: [
      { in: 'path', name: 'id', required: true, schema: '{"type":"string","pattern":"^[a-zé ]+$"}' },
      { in: 'query', name: 'page', required: false, schema: '{"type":"integer"}' },
    ],
  }
  const send = (target: string, body: string) =>
    RawSocket.talk(node.proxy, `POST ${target} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)

  beforeAll(() => serve([{ name: 'request-validator', config }], { paths: ['~/users/(?<id>[^/]+)$'] }))

  test('takes a request that fits its schemas, and hands the body on', async () => {
    expect(await send('/users/anna%20%C3%A9?page=1', '{"name":"x"}')).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received.map(({ body }) => body)).toEqual(['{"name":"x"}'])
  })

  test.each([
    ['/users/anna', '{"nam":"x"}', "request body doesn't conform to schema"],
    ['/users/anna1', '{"name":"x"}', "request param doesn't conform to schema"],
    ['/users/anna?page=x', '{"name":"x"}', "request param doesn't conform to schema"],
  ])('refuses %s with %s', async (target, body, message) => {
    expect(await send(target, body)).toMatch(/^HTTP\/1\.1 400 [\s\S]*/)
    expect(await send(target, body)).toContain(`{"message":"${message}"}`)
    expect(origin.received).toEqual([])
  })
})
