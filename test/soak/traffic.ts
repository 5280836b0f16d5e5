import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { request as requestSecure, Agent as SecureAgent } from 'node:https'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { closeSession, fetchHttp2 } from '../integration/harness/http2-client.ts'
import { RawSocket } from '../integration/harness/raw-socket.ts'
import { BODY_LETTER, KIB } from './origin.ts'

/** Where the node of the soak listens. */
export interface Target {
  proxy: string
  tls: string
  key: string
}

const TIMEOUT_MS = 15_000
const MESSAGES = 5
const EVENTS = 5
const PIPELINED = 5

interface Answer {
  status: number
  bytes: number
  /** The connection ended before the answer did. */
  isCut: boolean
}

interface Asked {
  path: string
  method?: string
  body?: Buffer | Buffer[]
  headers?: Record<string, string>
  agent?: Agent | SecureAgent | false
}

function expectEqual(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what} ${String(got)} instead of ${String(wanted)}`)
}

/** What clients do, each with what it expects of the node. Everything that differs is an error. */
export class Traffic {
  readonly #target: Target
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 16 })
  readonly #keptSecure = new SecureAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false })
  readonly #onceSecure = new SecureAgent({ keepAlive: false, rejectUnauthorized: false })

  constructor(target: Target) {
    this.#target = target
  }

  stop(): void {
    for (const agent of [this.#kept, this.#keptSecure, this.#onceSecure]) agent.destroy()
  }

  /** By name: how many of a hundred requests are of this kind, and one of them. */
  get kinds(): Record<string, { share: number; run(): Promise<void> }> {
    return {
      'GET 1 KiB': { share: 30, run: () => this.#get('/1k', KIB) },
      'GET 1 KiB, key and limit': { share: 10, run: () => this.#getKeyed() },
      'GET 100 KiB': { share: 6, run: () => this.#get('/100k', 100 * KIB) },
      'GET in chunks': { share: 6, run: () => this.#get('/chunked', 8 * KIB) },
      'GET, new connection': { share: 6, run: () => this.#get('/1k', KIB, false) },
      'GET over TLS': { share: 6, run: () => this.#get('/1k', KIB, this.#keptSecure) },
      'GET over TLS, new connection': { share: 2, run: () => this.#get('/1k', KIB, this.#onceSecure) },
      'POST 10 KiB': { share: 8, run: () => this.#post(Buffer.alloc(10 * KIB, 'x')) },
      'POST in chunks': { share: 4, run: () => this.#post(Array.from({ length: 4 }, () => Buffer.alloc(4 * KIB, 'x'))) },
      'five pipelined': { share: 3, run: () => this.#pipeline() },
      'HTTP/2, five at a time': { share: 2, run: () => this.#http2() },
      'HTTP/2, taken back': { share: 1, run: () => this.#takeBack() },
      'no route': { share: 3, run: () => this.#status('/nowhere', 404) },
      'wrong key': { share: 2, run: () => this.#status('/keyed/1k', 401) },
      'bad request': { share: 2, run: () => this.#badRequest() },
      'client leaves a download': { share: 2, run: () => this.#leaveDownload() },
      'client leaves an upload': { share: 2, run: () => this.#leaveUpload() },
      'upstream resets before its answer': { share: 2, run: () => this.#status('/all/reset', 502) },
      'upstream resets within its answer': { share: 1, run: () => this.#cutAnswer() },
      'server-sent events': { share: 1, run: () => this.#events() },
      'WebSocket, closed': { share: 1, run: () => this.#webSocket(true) },
      'WebSocket, cut': { share: 1, run: () => this.#webSocket(false) },
    }
  }

  async #get(path: string, bytes: number, agent: Asked['agent'] = this.#kept): Promise<void> {
    const answer = await this.#ask({ path: `/all${path}`, agent })
    expectEqual('status', answer.status, 200)
    expectEqual('bytes', answer.bytes, bytes)
  }

  async #getKeyed(): Promise<void> {
    const answer = await this.#ask({ path: '/keyed/1k', headers: { apikey: this.#target.key } })
    expectEqual('status', answer.status, 200)
  }

  async #post(body: Buffer | Buffer[]): Promise<void> {
    const { status } = await this.#ask({ path: '/all/count', method: 'POST', body })
    expectEqual('status', status, 200)
  }

  async #status(path: string, status: number): Promise<void> {
    expectEqual('status', (await this.#ask({ path })).status, status)
  }

  async #cutAnswer(): Promise<void> {
    const { isCut } = await this.#ask({ path: '/all/break-off', agent: false })
    expectEqual('cut', isCut, true)
  }

  async #pipeline(): Promise<void> {
    const { hostname, port } = new URL(this.#target.proxy)
    const client = connect(Number(port), hostname)
    let heads = 0
    let bytes = 0
    const answered = new Promise<void>((resolve, reject) => {
      client.once('error', reject)
      client.on('data', (piece: Buffer) => {
        const text = piece.toString('latin1')
        heads += text.split('HTTP/1.1 200 OK').length - 1
        bytes += text.split(BODY_LETTER).length - 1
        if (heads === PIPELINED && bytes === PIPELINED * KIB) resolve()
      })
    })
    client.write('GET /all/1k HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(PIPELINED))
    await within(answered, () => client.destroy())
    client.destroy()
  }

  async #badRequest(): Promise<void> {
    const text = await RawSocket.talk(this.#target.proxy, 'GET /all/1k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n')
    expectEqual('answer', text.slice(0, 12), 'HTTP/1.1 400')
  }

  async #leaveDownload(): Promise<void> {
    const response = await this.#open({ path: '/all/long', agent: false })
    await within(new Promise((resolve) => response.once('data', resolve)), () => response.destroy())
    response.destroy()
  }

  async #leaveUpload(): Promise<void> {
    const client = await RawSocket.open(this.#target.proxy)
    client.write(`POST /all/count HTTP/1.1\r\nHost: a\r\nContent-Length: ${100 * KIB}\r\n\r\n${'x'.repeat(10 * KIB)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
    client.destroy()
  }

  async #events(): Promise<void> {
    const response = await this.#open({ path: '/all/events', agent: false })
    let text = ''
    const enough = new Promise<void>((resolve) =>
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes(`id: ${EVENTS}\n`)) resolve()
      }),
    )
    await within(enough, () => response.destroy())
    response.destroy()
  }

  async #webSocket(isOrderly: boolean): Promise<void> {
    const client = new WebSocket(`${this.#target.proxy.replace('http', 'ws')}/all/ws`)
    let received = 0
    const echoed = new Promise<void>((resolve, reject) => {
      client.once('error', reject)
      client.once('open', () => client.send('message'))
      client.on('message', () => {
        received += 1
        if (received < MESSAGES) client.send('message')
        else resolve()
      })
    })
    await within(echoed, () => client.terminate())
    const closed = new Promise((resolve) => client.once('close', resolve))
    if (isOrderly) client.close(1000)
    else client.terminate()
    await within(closed, () => client.terminate())
  }

  async #http2(): Promise<void> {
    const session = this.#openSession()
    const answers = Array.from({ length: 5 }, () => fetchHttp2(session, { ':path': '/all/1k', ':authority': 'a' }))
    for (const { status, body } of await within(Promise.all(answers), () => session.destroy())) {
      expectEqual('status', status, 200)
      expectEqual('bytes', body.byteLength, KIB)
    }
    await closeSession(session)
  }

  async #takeBack(): Promise<void> {
    const session = this.#openSession()
    const stream = session.request({ ':path': '/all/events', ':authority': 'a' })
    stream.on('error', () => {})
    await within(new Promise((resolve) => stream.once('data', resolve)), () => session.destroy())
    const closed = new Promise((resolve) => stream.once('close', resolve))
    stream.close(8)
    await within(closed, () => session.destroy())
    await closeSession(session)
  }

  #openSession(): ClientHttp2Session {
    const session = connectHttp2(this.#target.tls, { rejectUnauthorized: false, servername: 'localhost' })
    session.on('error', () => {})
    return session
  }

  async #ask(asked: Asked): Promise<Answer> {
    const response = await this.#open(asked)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
    })
    return new Promise((resolve) => {
      const settle = () => resolve({ status: response.statusCode ?? 0, bytes, isCut: !response.complete })
      response.once('end', settle)
      response.once('error', settle)
    })
  }

  #open({ path, method = 'GET', body, headers = {}, agent = this.#kept }: Asked): Promise<IncomingMessage> {
    const isSecure = agent instanceof SecureAgent
    const { hostname, port } = new URL(isSecure ? this.#target.tls : this.#target.proxy)
    const framing = Buffer.isBuffer(body) ? { 'content-length': String(body.byteLength) } : {}
    const options: RequestOptions = { hostname, port, path, method, headers: { ...headers, ...framing }, agent, timeout: TIMEOUT_MS }
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = isSecure ? requestSecure({ ...options, servername: 'localhost' }, resolve) : request(options, resolve)
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.on('error', reject)
      for (const piece of Array.isArray(body) ? body : []) outgoing.write(piece)
      outgoing.end(Buffer.isBuffer(body) ? body : undefined)
    })
  }
}

/** Fails where it takes too long; `giveUp` frees what it holds. */
async function within<T>(work: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(new Error('took too long'))
    }, TIMEOUT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
