import { connect } from 'node:http2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answerOf, closeSession } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { answerHeads, type RawConnection, RawOrigin } from './harness/raw-origin.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** What request_buffering and response_buffering of a route do, and within which bounds. */

const REQUEST_BYTES = 10_000
const MIB = 1024 * 1024
const ANSWER_BYTES = 32 * MIB

let node: NodeProcess
const origins: RawOrigin[] = []

beforeAll(async () => {
  node = await NodeProcess.start({
    env: {
      SLUICE_H2C: 'on',
      SLUICE_ACCESS_LOG: 'stdout',
      SLUICE_LIMIT_REQUEST_BUFFER_BYTES: String(REQUEST_BYTES),
      SLUICE_LIMIT_ANSWER_BUFFER_BYTES: String(ANSWER_BYTES),
      SLUICE_LIMIT_BODY_TIMEOUT_MS: '500',
    },
  })
})
afterAll(async () => node?.stop())
afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.stop()))
})

async function serve(onData: (connection: RawConnection) => void): Promise<RawOrigin> {
  const origin = await RawOrigin.start(onData)
  origins.push(origin)
  const routes = [
    { name: 'held', paths: ['/held'], strip_path: false },
    { name: 'streamed', paths: ['/streamed'], strip_path: false, request_buffering: false, response_buffering: false },
  ]
  const { status } = await node.postConfig({ _format_version: '3.0', services: [{ name: 'origin', url: origin.url, retries: 0, routes }] })
  expect(status).toBe(201)
  return origin
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Answers once the text ends so, as a server that reads to the end of a body does. */
const answerAt =
  (ending: string) =>
  ({ socket, text }: RawConnection) => {
    if (text.endsWith(ending) || (text.includes('GET ') && text.endsWith('\r\n\r\n'))) socket.write(OK)
  }

const head = (path: string, fields: string, method = 'POST') => `${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`

async function begin(text: string): Promise<RawSocket> {
  const client = await RawSocket.open(node.proxy)
  client.write(text)
  return client
}

/** A request of another client that began later was answered: what the one before was to cause at once has happened. */
const overtake = async () => expect(statusOf(await RawSocket.talk(node.proxy, head('/held', 'Connection: close\r\n', 'GET')))).toBe(200)

describe('with request_buffering, which is the default', () => {
  test('an upstream hears nothing of a request until its body is whole', async () => {
    const origin = await serve(answerAt('first, and last'))
    const client = await begin(`${head('/held/length', 'Content-Length: 15\r\n')}first`)
    await overtake()
    expect(origin.text).not.toContain('/held/length')
    client.write(', and last')
    await client.until(/200[\s\S]*ok$/)
    client.destroy()
    expect(origin.text).toMatch(/POST \/held\/length HTTP\/1\.1\r\n[\s\S]*\r\nContent-Length: 15\r\n\r\nfirst, and last$/)
  })

  test('a chunked body gets the length that it turned out to have', async () => {
    const origin = await serve(answerAt('\r\n\r\nabcdef'))
    const client = await begin(`${head('/held/chunked', 'Transfer-Encoding: chunked\r\n')}3\r\nabc\r\n`)
    await overtake()
    expect(origin.text).not.toContain('/held/chunked')
    client.write('3\r\ndef\r\n0\r\n\r\n')
    await client.until(/200[\s\S]*ok$/)
    client.destroy()
    expect(origin.text).toMatch(/\r\nContent-Length: 6\r\n\r\nabcdef$/)
    expect(origin.text).not.toMatch(/transfer-encoding/i)
  })

  test('a body that is announced longer than SLUICE_LIMIT_REQUEST_BUFFER_BYTES streams', async () => {
    const origin = await serve(answerAt('end'))
    const client = await begin(`${head('/held/long', `Content-Length: ${REQUEST_BYTES + 1}\r\n`)}first`)
    await until('its first bytes upstream', () => (origin.text.endsWith('first') ? true : null))
    client.write(`${'x'.repeat(REQUEST_BYTES - 7)}end`)
    await client.until(/200[\s\S]*ok$/)
    client.destroy()
  })

  test('a body that turns out longer streams on, with what was held in front', async () => {
    const origin = await serve(answerAt('\r\n0\r\n\r\n'))
    const client = await begin(`${head('/held/grows', 'Transfer-Encoding: chunked\r\n')}5\r\nfirst\r\n`)
    await overtake()
    expect(origin.text).not.toContain('/held/grows')
    client.write(`${REQUEST_BYTES.toString(16)}\r\n${'x'.repeat(REQUEST_BYTES)}\r\n`)
    await until('what was held upstream', () => (/first\r\n[\s\S]*x{100}\r\n$/.test(origin.text) ? true : null))
    client.write('4\r\nlast\r\n0\r\n\r\n')
    await client.until(/200[\s\S]*ok$/)
    client.destroy()
    expect(origin.text).toMatch(/\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n[\s\S]*last\r\n0\r\n\r\n$/)
  })

  test('a client that waits to be told to go on is told, and its body is held', async () => {
    const origin = await serve(answerAt('abc'))
    const client = await begin(head('/held/expects', 'Content-Length: 3\r\nExpect: 100-continue\r\n'))
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    expect(origin.text).toBe('')
    client.write('abc')
    await client.until(/HTTP\/1\.1 200[\s\S]*ok$/)
    client.destroy()
  })

  test('a client that stops in its body is 408, and the upstream never heard of it', async () => {
    const origin = await serve(answerHeads)
    const received = await RawSocket.talk(node.proxy, `${head('/held/stops', 'Content-Length: 15\r\n')}first`)
    expect(statusOf(received)).toBe(408)
    expect(origin.connections.length).toBe(0)
  })

  test('a client that goes away in its body is 499 in the log, and the upstream never heard of it', async () => {
    const origin = await serve(answerHeads)
    const client = await begin(`${head('/held/gone', 'Content-Length: 15\r\n')}first`)
    await overtake()
    client.destroy()
    expect(JSON.parse(await node.line('"path":"/held/gone"'))).toMatchObject({ status: 499, error: 'client_gone', attempts: 0 })
    expect(origin.text).not.toContain('/held/gone')
  })

  test.each([
    ['in one piece', ['0123456789']],
    ['in two', ['01234', '56789']],
  ])('a PUT whose body came %s is repeated where a kept connection had died', async (_, pieces) => {
    const origin = await serve((connection) => {
      const requests = connection.text.split('0123456789').length - 1
      if (requests > 1) connection.socket.destroy()
      else if (requests === 1) connection.socket.write(OK)
    })
    for (let round = 0; round < 2; round += 1) {
      const client = await begin(head('/held/put', 'Content-Length: 10\r\n', 'PUT') + pieces[0])
      if (pieces[1] !== undefined) client.write(pieces[1])
      await client.until(/^HTTP\/1\.1 200[\s\S]*ok$/)
      client.destroy()
    }
    expect(origin.connections.length).toBe(2)
  })

  test('a request over HTTP/2 is held too', async () => {
    const origin = await serve(answerAt('first, and last'))
    const session = connect(node.proxy)
    const stream = session.request({ ':method': 'POST', ':path': '/held/http2' })
    const answer = answerOf(stream)
    await new Promise<void>((resolve) => stream.write('first', () => resolve()))
    await overtake()
    expect(origin.text).not.toContain('/held/http2')
    stream.end(', and last')
    expect((await answer).status).toBe(200)
    expect(origin.text).toMatch(/\r\nContent-Length: 15\r\n\r\nfirst, and last$/)
    await closeSession(session)
  })
})

describe('without request_buffering', () => {
  test('what there is of a body is upstream at once', async () => {
    const origin = await serve(answerAt('first, and last'))
    const client = await begin(`${head('/streamed', 'Content-Length: 15\r\n')}first`)
    await until('its first bytes upstream', () => (origin.text.endsWith('\r\n\r\nfirst') ? true : null))
    client.write(', and last')
    await client.until(/200[\s\S]*ok$/)
    client.destroy()
  })

  test('an answer may come before the end of the body', async () => {
    await serve(answerAt('first'))
    const client = await begin(`${head('/streamed', 'Content-Length: 15\r\n')}first`)
    await client.until(/^HTTP\/1\.1 200[\s\S]*ok$/)
    client.destroy()
  })
})

describe('an answer to a client that takes nothing', () => {
  /** How much of a long answer the node has taken once it takes no more, and whether that is all. */
  async function taken(path: string): Promise<{ bytes: number; isWhole: boolean }> {
    let bytes = 0
    let isWhole = false
    // Kernels hold some MiB of each connection: the rest is what the node holds.
    const piece = Buffer.alloc(64 * 1024, 'x')
    await serve(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${ANSWER_BYTES}\r\n\r\n`)
      const next = () => {
        if (bytes === ANSWER_BYTES) isWhole = true
        else
          socket.write(piece, () => {
            bytes += piece.byteLength
            next()
          })
      }
      next()
    })
    const client = await begin(head(path, '', 'GET'))
    await client.until(/\r\n\r\n/)
    client.socket.pause()
    let seen = -1
    let looks = 0
    const stood = () => {
      looks = seen === bytes ? looks + 1 : 0
      seen = bytes
      return isWhole || looks > 50 ? true : null
    }
    await until('the node to take no more', stood, 60_000)
    client.destroy()
    return { bytes, isWhole }
  }

  test('is taken from its upstream as far as SLUICE_LIMIT_ANSWER_BUFFER_BYTES allows where the route has response_buffering', async () => {
    expect((await taken('/held/answer')).isWhole).toBe(true)
  })

  test('holds its upstream back where it has not', async () => {
    expect((await taken('/streamed/answer')).isWhole).toBe(false)
  })
})
