import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { HttpAnswer, HttpClient, HttpQuestion } from '@sluice/plugins/contract'
import { type AddressPolicy, AddressRefused, guardedLookup, isAddressAllowed } from './address-policy.ts'

/** Bounds of one worker: connections to one server, those of them that nobody uses, and questions that are open at a time. */
const CONNECTIONS_MAX = 16
const IDLE_MAX = 4
const OPEN_MAX = 256
const IDLE_TIMEOUT_MS = 30_000
const HEAD_BYTES_MAX = 16_384

/** What plugins ask of servers that are no upstreams, by `node:http`: these questions are few, and their answers are remembered. */
export class PluginHttp implements HttpClient {
  readonly #policy: AddressPolicy
  readonly #plain: HttpAgent
  readonly #secure: HttpsAgent
  #open = 0

  constructor(policy: AddressPolicy) {
    this.#policy = policy
    const settings = { keepAlive: true, maxSockets: CONNECTIONS_MAX, maxFreeSockets: IDLE_MAX, timeout: IDLE_TIMEOUT_MS }
    this.#plain = new HttpAgent(settings)
    this.#secure = new HttpsAgent(settings)
  }

  async ask(question: HttpQuestion): Promise<HttpAnswer> {
    if (this.#open >= OPEN_MAX) throw new Error('too many questions are open')
    this.#open += 1
    try {
      return await this.#ask(question)
    } finally {
      this.#open -= 1
    }
  }

  #ask({ url, timeoutMs, maxBytes, verifiesHost, ...more }: HttpQuestion): Promise<HttpAnswer> {
    const target = new URL(url)
    const isSecure = target.protocol === 'https:'
    const host = target.hostname.replace(/^\[|\]$/g, '')
    if (!isSecure && target.protocol !== 'http:') throw new TypeError(`${target.protocol} is neither http: nor https:`)
    if (isIP(host) !== 0 && !isAddressAllowed(this.#policy, host)) throw new AddressRefused(`${host} is no address that upstreams may have`)
    const options = {
      method: more.method,
      headers: { accept: 'application/json', ...more.headers, ...(more.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(more.body)) }) },
      lookup: guardedLookup(this.#policy),
      maxHeaderSize: HEAD_BYTES_MAX,
      rejectUnauthorized: verifiesHost,
    }
    return new Promise((resolve, reject) => {
      const request: ClientRequest = isSecure ? httpsRequest(target, { ...options, agent: this.#secure }) : httpRequest(target, { ...options, agent: this.#plain })
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
      request.once('close', () => clearTimeout(timer))
      request.once('error', reject)
      request.once('response', (response) => collect(response, maxBytes).then(resolve, (error: Error) => reject(request.destroy(error) && error)))
      request.end(more.body)
    })
  }
}

function collect(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.byteLength
      if (length > maxBytes) reject(new Error(`the answer is longer than ${maxBytes} bytes`))
      else chunks.push(chunk)
    })
    response.once('error', reject)
    response.once('close', () => reject(new Error('the answer ended too early')))
    response.once('end', () => {
      const [mediaType = ''] = (response.headers['content-type'] ?? '').split(';')
      resolve({ status: response.statusCode ?? 0, mediaType: mediaType.trim().toLowerCase(), body: Buffer.concat(chunks).toString('utf8') })
    })
  })
}
