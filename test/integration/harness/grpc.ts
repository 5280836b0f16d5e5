import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificates.ts'

/** A message as gRPC frames it: not compressed, length, bytes. */
export function message(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(bytes.byteLength, 1)
  return Buffer.concat([head, bytes])
}

/** Whole messages out of bytes that come in pieces. */
export class MessageReader {
  #held = Buffer.alloc(0)

  take(bytes: Buffer): Buffer[] {
    this.#held = Buffer.concat([this.#held, bytes])
    const messages: Buffer[] = []
    while (this.#held.byteLength >= 5) {
      const end = 5 + this.#held.readUInt32BE(1)
      if (this.#held.byteLength < end) break
      messages.push(this.#held.subarray(5, end))
      this.#held = this.#held.subarray(end)
    }
    return messages
  }
}

/** A call from its client's side. */
export class Call {
  readonly stream: ClientHttp2Stream
  readonly messages: string[] = []
  status = 0
  headers: Record<string, unknown> = {}
  trailers: Record<string, unknown> | null = null
  readonly closed: Promise<this>
  #waiting: (() => void)[] = []

  constructor(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}) {
    this.stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
    const reader = new MessageReader()
    this.stream.on('response', (fields) => {
      this.status = Number(fields[':status'])
      this.headers = fields
      this.#wake()
    })
    this.stream.on('trailers', (fields) => {
      this.trailers = fields
    })
    this.stream.on('data', (bytes: Buffer) => {
      this.messages.push(...reader.take(bytes).map((content) => content.toString()))
      this.#wake()
    })
    // What an error means is told by the code of the reset.
    this.stream.on('error', () => {})
    this.closed = new Promise((resolve) =>
      this.stream.once('close', () => {
        this.#wake()
        resolve(this)
      }),
    )
  }

  send(content: Buffer | string): void {
    this.stream.write(message(content))
  }

  end(content?: string): void {
    this.stream.end(content === undefined ? undefined : message(content))
  }

  /** Waits for so many messages. */
  async received(count: number): Promise<string[]> {
    await this.#until(() => this.messages.length >= count)
    return this.messages
  }

  async answered(): Promise<void> {
    await this.#until(() => this.status !== 0)
  }

  /** What the call ended with, in trailers or in a head without a body. */
  get grpcStatus(): string | null {
    return ((this.trailers ?? this.headers)['grpc-status'] as string | undefined) ?? null
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.stream.closed) throw new Error(`the call is closed: ${this.status} ${this.grpcStatus} ${this.stream.rstCode}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** A call as its server sees it. */
export interface ServedCall {
  stream: ServerHttp2Stream
  headers: Record<string, string | string[] | undefined>
  send(content: Buffer | string): boolean
  /** Head first, where it is not out yet. */
  begin(): void
  finish(status: number, trailers?: Record<string, string>): void
}

/** A gRPC server by hand. `serve` gets each call, `onMessage` each of its messages. */
export class GrpcOrigin {
  readonly calls: ServedCall[] = []
  readonly sessions = new Set<ServerHttp2Session>()
  readonly resets: number[] = []
  readonly #server: Http2Server
  readonly scheme: string

  private constructor(serve: Serve, certificate: Certificate | null, settings: { maxConcurrentStreams?: number }) {
    this.scheme = certificate === null ? 'grpc' : 'grpcs'
    this.#server = certificate === null ? createServer({ settings }) : createSecureServer({ ...certificate, settings })
    this.#server.on('session', (session) => {
      this.sessions.add(session)
      session.once('close', () => this.sessions.delete(session))
      session.on('error', () => {})
    })
    this.#server.on('stream', (stream, headers) => this.#onStream(stream, headers, serve))
  }

  static async start(serve: Serve, options: { certificate?: Certificate; settings?: { maxConcurrentStreams?: number } } = {}): Promise<GrpcOrigin> {
    const origin = new GrpcOrigin(serve, options.certificate ?? null, options.settings ?? {})
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const session of this.sessions) session.destroy()
    await closed
  }

  #onStream(stream: ServerHttp2Stream, headers: ServedCall['headers'], serve: Serve): void {
    const begin = () => {
      if (!stream.headersSent) stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    }
    const call: ServedCall = {
      stream,
      headers,
      begin,
      send: (content) => {
        begin()
        return stream.write(message(content))
      },
      finish: (status, trailers = {}) => {
        begin()
        stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), ...trailers }))
        stream.end()
      },
    }
    this.calls.push(call)
    stream.on('error', () => {})
    stream.once('close', () => this.resets.push(stream.rstCode))
    const reader = new MessageReader()
    const handler = serve(call)
    stream.on('data', (bytes: Buffer) => {
      for (const content of reader.take(bytes)) handler.onMessage?.(content)
    })
    stream.once('end', () => {
      if (!stream.aborted) handler.onEnd?.()
    })
  }
}

export type Serve = (call: ServedCall) => { onMessage?(content: Buffer): void; onEnd?(): void }
