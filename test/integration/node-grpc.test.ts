import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from './harness/certificates.ts'
import { Call, GrpcOrigin, type Serve } from './harness/grpc.ts'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { sendRaw } from './harness/raw-request.ts'

/** gRPC through a node: all kinds of streaming, trailers, deadlines, cancellation, and errors of the gateway that a gRPC client reads. */

const serve: Serve = (call) => {
  const { stream } = call
  switch (call.headers[':path']) {
    case '/echo.Echo/Unary':
      return { onMessage: (content) => call.send(`echo ${content}`), onEnd: () => call.finish(0, { 'x-end': 'yes' }) }
    case '/echo.Echo/Many':
      return {
        onMessage: (content) => {
          for (let index = 0; index < Number(content.toString()); index++) call.send(`part ${index}`)
        },
        onEnd: () => call.finish(0),
      }
    case '/echo.Echo/Collect': {
      const parts: string[] = []
      return {
        onMessage: (content) => parts.push(content.toString()),
        onEnd: () => {
          call.send(parts.join(','))
          call.finish(0)
        },
      }
    }
    case '/echo.Echo/Chat':
      return { onMessage: (content) => call.send(`re: ${content}`), onEnd: () => call.finish(0) }
    case '/echo.Echo/Refuse':
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'no such thing' }, { endStream: true })
      return {}
    case '/echo.Echo/Begin':
      call.send('begun')
      return {}
    case '/echo.Echo/Reset':
      call.send('begun')
      return { onMessage: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR) }
    case '/echo.Echo/Flood': {
      const go = () => {
        while (call.send(Buffer.alloc(64 * 1024)));
      }
      stream.on('drain', go)
      go()
      return {}
    }
    case '/echo.Echo/Stuck':
      stream.pause()
      call.begin()
      queueMicrotask(() => stream.pause())
      return {}
    default:
      return {}
  }
}

let node: NodeProcess
let origin: GrpcOrigin
let secure: GrpcOrigin
const certificate = makeCertificate(['127.0.0.1'])
const sessions: ClientHttp2Session[] = []

function open(): ClientHttp2Session {
  const session = connect(node.proxy)
  session.on('error', () => {})
  sessions.push(session)
  return session
}

async function apply(services: Record<string, unknown>[]): Promise<void> {
  const { status, body } = await node.postConfig({ _format_version: '3.0', services })
  if (status !== 201) throw new Error(JSON.stringify(body.issues))
}

const routeOf = (name: string, paths: string[], more: Record<string, unknown> = {}) => ({ name, paths, strip_path: false, protocols: ['grpc', 'grpcs'], ...more })
const services = () => [
  { name: 'grpc', protocol: 'grpc', host: '127.0.0.1', port: origin.port, routes: [routeOf('echo', ['/echo.Echo/'])] },
  { name: 'grpcs', protocol: 'grpcs', host: '127.0.0.1', port: secure.port, tls_verify: false, routes: [routeOf('secure', ['/'], { headers: { 'x-to': ['secure'] } })] },
  { name: 'dead', protocol: 'grpc', host: '127.0.0.1', port: 1, retries: 0, routes: [routeOf('dead', ['/dead'])] },
  { name: 'tls-only', protocol: 'grpc', host: '127.0.0.1', port: origin.port, routes: [routeOf('tls-only', ['/tls-only'], { protocols: ['grpcs'] })] },
  {
    name: 'keyed',
    protocol: 'grpc',
    host: '127.0.0.1',
    port: origin.port,
    routes: [routeOf('keyed', ['/keyed'], { plugins: [{ name: 'key-auth' }] })],
  },
]

beforeAll(async () => {
  origin = await GrpcOrigin.start(serve)
  secure = await GrpcOrigin.start(serve, { certificate })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
  await apply(services())
})
afterEach(async () => {
  for (const session of sessions.splice(0)) await closeSession(session)
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
  await secure?.stop()
})

describe.each([['grpc'], ['grpcs']])('a call to an upstream over %s', (scheme) => {
  const headers = () => (scheme === 'grpcs' ? { 'x-to': 'secure' } : {})
  const start = (method: string) => new Call(open(), `/echo.Echo/${method}`, headers())

  test('unary: message, status and trailers', async () => {
    const call = start('Unary')
    call.end('hello')
    const { status, messages, trailers } = await call.closed
    expect([status, messages]).toEqual([200, ['echo hello']])
    expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-end': 'yes' })
  })

  test('many answers to one message', async () => {
    const call = start('Many')
    call.end('1000')
    const { messages, grpcStatus } = await call.closed
    expect([messages.length, messages[0], messages.at(-1), grpcStatus]).toEqual([1000, 'part 0', 'part 999', '0'])
  })

  test('one answer to many messages', async () => {
    const call = start('Collect')
    for (let index = 0; index < 500; index++) call.send(String(index))
    call.end()
    const { messages, grpcStatus } = await call.closed
    expect(messages).toEqual([Array.from({ length: 500 }, (_, index) => index).join(',')])
    expect(grpcStatus).toBe('0')
  })

  test('both ways: each message is answered before the next is sent', async () => {
    const call = start('Chat')
    for (let index = 1; index <= 20; index++) {
      call.send(String(index))
      expect((await call.received(index)).at(-1)).toBe(`re: ${index}`)
    }
    call.end()
    expect((await call.closed).grpcStatus).toBe('0')
  })

  test('a status without any message comes as it was sent', async () => {
    const call = start('Refuse')
    call.end('x')
    const { status, headers: fields, trailers, messages } = await call.closed
    expect([status, trailers, messages]).toEqual([200, null, []])
    expect(fields).toMatchObject({ 'grpc-status': '5', 'grpc-message': 'no such thing' })
  })
})

describe('what the upstream sees', () => {
  test('the call as the client made it, over one connection for many', async () => {
    const session = open()
    const before = origin.calls.length
    await Promise.all(
      Array.from({ length: 50 }, () => {
        const call = new Call(session, '/echo.Echo/Unary', { 'grpc-timeout': '5S', 'x-meta-bin': 'AAEC' })
        call.end('x')
        return call.closed
      }),
    )
    const { headers } = origin.calls[before] ?? { headers: {} }
    expect(headers).toMatchObject({
      ':method': 'POST',
      ':path': '/echo.Echo/Unary',
      ':scheme': 'http',
      te: 'trailers',
      'content-type': 'application/grpc',
      'grpc-timeout': '5S',
      'x-meta-bin': 'AAEC',
    })
    expect(headers).not.toHaveProperty('connection')
    expect(origin.calls.length - before).toBe(50)
    expect(origin.sessions.size).toBe(1)
  })

  test('no more streams at a time than it allows: others wait, or take another connection', async () => {
    const few = await GrpcOrigin.start(serve, { settings: { maxConcurrentStreams: 2 } })
    await apply([{ name: 'few', protocol: 'grpc', host: '127.0.0.1', port: few.port, routes: [routeOf('few', ['/'])] }])
    const session = open()
    const calls = Array.from({ length: 20 }, () => new Call(session, '/echo.Echo/Unary'))
    for (const call of calls) call.end('x')
    const ended = await Promise.all(calls.map(({ closed }) => closed))
    expect(ended.map(({ grpcStatus }) => grpcStatus)).toEqual(ended.map(() => '0'))
    await few.stop()
    await apply(services())
  })

  test('after its GOAWAY calls go over a new connection, and running ones end', async () => {
    const session = open()
    const chat = new Call(session, '/echo.Echo/Chat')
    chat.send('1')
    await chat.received(1)
    const [old] = origin.sessions
    old?.close()
    await until('a call over another connection', async () => {
      const call = new Call(session, '/echo.Echo/Unary')
      call.end('x')
      expect((await call.closed).grpcStatus).toBe('0')
      return origin.sessions.size > 1 ? true : null
    })
    chat.send('2')
    expect(await chat.received(2)).toEqual(['re: 1', 're: 2'])
    chat.end()
    expect((await chat.closed).grpcStatus).toBe('0')
  })
})

describe('back-pressure', () => {
  test('an upstream that floods a client that does not read is held back', async () => {
    const session = open()
    const call = new Call(session, '/echo.Echo/Flood')
    const before = origin.calls.length
    call.end('x')
    await call.answered()
    call.stream.pause()
    const served = await until('the call', () => origin.calls[before] ?? null)
    await until('the upstream to be held back', () => (served.stream.writableNeedDrain ? true : null))
    // Another call on the same connections is not held up by it.
    const other = new Call(session, '/echo.Echo/Unary')
    other.end('x')
    expect((await other.closed).grpcStatus).toBe('0')
    call.stream.close(constants.NGHTTP2_CANCEL)
  })

  test('a client that floods an upstream that does not read is held back, and all arrives once it reads', async () => {
    const session = open()
    const before = origin.calls.length
    const call = new Call(session, '/echo.Echo/Stuck')
    await call.answered()
    const piece = Buffer.alloc(64 * 1024)
    let taken = 0
    for (let index = 0; index < 100; index++) call.stream.write(piece, () => (taken += 1))
    call.stream.end()
    // As many round trips as would have carried all of it.
    for (let index = 0; index < 50; index++) {
      const other = new Call(session, '/echo.Echo/Unary')
      other.end('x')
      expect((await other.closed).grpcStatus).toBe('0')
    }
    expect(taken * piece.byteLength).toBeLessThan(2 * 1024 * 1024)
    const served = origin.calls[before]
    let received = 0
    served?.stream.on('data', (bytes: Buffer) => (received += bytes.byteLength))
    served?.stream.resume()
    await until('all of it', () => (received === 100 * piece.byteLength ? true : null))
    served?.finish(0)
    expect((await call.closed).grpcStatus).toBe('0')
  })
})

describe('deadlines', () => {
  test.each([
    ['before an answer', '/echo.Echo/Silent'],
    ['in the middle of one', '/echo.Echo/Begin'],
  ])('end the call %s with status 4, upstream too', async (_, path) => {
    const before = origin.calls.length
    const call = new Call(open(), path, { 'grpc-timeout': '300m' })
    call.send('x')
    const { status, grpcStatus } = await call.closed
    expect([status, grpcStatus]).toEqual([200, '4'])
    const served = origin.calls[before]
    await until('the upstream to see the end', () => (served?.stream.closed ? true : null))
    expect(served?.stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
  })

  test('that are none are passed on and mean nothing here', async () => {
    const call = new Call(open(), '/echo.Echo/Unary', { 'grpc-timeout': '1 second' })
    call.end('x')
    expect((await call.closed).grpcStatus).toBe('0')
  })
})

describe('cancellation', () => {
  test('by the client reaches the upstream', async () => {
    const before = origin.calls.length
    const call = new Call(open(), '/echo.Echo/Begin')
    call.send('x')
    await call.received(1)
    call.stream.close(constants.NGHTTP2_CANCEL)
    const served = origin.calls[before]
    await until('the upstream to see it', () => (served?.stream.closed ? true : null))
    expect(served?.stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
  })

  test('by the upstream in the middle of an answer reaches the client as a reset', async () => {
    const call = new Call(open(), '/echo.Echo/Reset')
    await call.received(1)
    call.send('x')
    const { stream, trailers } = await call.closed
    expect(trailers).toBeNull()
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
  })
})

describe('errors of the gateway', () => {
  test.each([
    ['an upstream that is not there', '/dead.Service/Call', '14'],
    ['no route', '/nowhere.Service/Call', '5'],
    ['a key that is missing', '/keyed.Service/Call', '16'],
    ['a route for TLS alone', '/tls-only.Service/Call', '1'],
  ])('are for a gRPC client a status without messages: %s', async (_, path, status) => {
    const call = new Call(open(), path)
    call.end('x')
    const { headers, messages, trailers, status: http, grpcStatus } = await call.closed
    expect([http, grpcStatus, messages, trailers]).toEqual([200, status, [], null])
    expect(headers['content-type']).toBe('application/grpc')
    expect(headers['grpc-message']).toBeTypeOf('string')
  })

  test('a request that is not of gRPC is told so', async () => {
    const answer = await fetchHttp2(open(), { ':method': 'POST', ':path': '/echo.Echo/Unary', 'content-type': 'application/json' }, '{}')
    expect(answer.status).toBe(415)
    expect(JSON.parse(answer.body.toString()).message).toBe('Non-gRPC request matched gRPC route')
  })

  test('gRPC over HTTP/1.1 is asked to upgrade', async () => {
    const answer = await sendRaw({ base: node.proxy, method: 'POST', path: '/echo.Echo/Unary', headers: ['Content-Type', 'application/grpc'], body: 'x' })
    expect([answer.status, answer.headers.upgrade]).toEqual([426, 'HTTP/2'])
  })
})
