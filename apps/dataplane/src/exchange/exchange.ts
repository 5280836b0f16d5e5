import type {
  AnswerWatch,
  BodyWatch,
  ChooseEncoder,
  ClientCertificate,
  ConsumerView,
  CredentialView,
  PluginExchange,
  RequestCopy,
  ResponseRewrite,
  UpstreamOverride,
} from '@sluice/plugins/contract'
import { BodyRefused, BodyWatches } from './body-watches.ts'
import { HeaderList } from './header-list.ts'

/** What the listener knows of a request before it is routed. */
export interface RequestHead {
  id: string
  startedAtMs: number
  method: string
  /** Normalised, one character per byte. */
  path: string
  /** As sent, without query: what goes into X-Forwarded-Path and redirects. */
  rawPath: string
  query: string | null
  scheme: 'http' | 'https'
  host: string
  port: number
  sni: string | null
  clientIp: string
  clientPort: number
  peerIp: string
  isPeerTrusted: boolean
  connection: { id: number; requests: number }
  clientCertificate: ClientCertificate | null
  headers: HeaderList
  /** Token of the Upgrade that is relayed, or null. */
  upgrade: string | null
  httpVersion: string
  /** The client waits for 100 Continue before it sends its body. */
  expectsContinue: boolean
}

/** The request's body: read at most once, by a plugin that asked for it or by the attempt. */
export interface RequestBody {
  /** False where the request has none. */
  readonly present: boolean
  /** The whole body where it has at most `maxBytes`, which is then gone from the stream; else null, and what was read is put back in front. */
  read(maxBytes: number): Promise<Uint8Array | null>
}

/** What is made of the body of an answer, in turn. */
export interface ResponseRewriting {
  maxBytes: number
  rewrites: ResponseRewrite[]
}

const NO_ROUTE = { id: '', name: null }

/** One request with its state. All fields are set in the constructor, in one order, so that every exchange has the same shape. */
export class Exchange implements PluginExchange {
  readonly head: RequestHead
  readonly requestHeaders: HeaderList
  /** What plugins set before there was an answer, then the fields of the answer. */
  responseHeaders = new HeaderList()
  readonly log: Record<string, unknown> = {}
  readonly upstream: UpstreamOverride = {
    host: null,
    port: null,
    path: null,
    uri: null,
    method: null,
    hostHeader: null,
    connectTimeoutMs: null,
    sendTimeoutMs: null,
    readTimeoutMs: null,
    variant: 'stable',
  }
  readonly #body: RequestBody
  query: string | null
  route: { readonly id: string; readonly name: string | null } = NO_ROUTE
  service: { readonly id: string; readonly name: string | null; readonly host: string } | null = null
  uriCaptures: Readonly<Record<string, string | false>> = {}
  matchedPath: string | null = null
  consumer: ConsumerView | null = null
  credential: CredentialView | null = null
  anonymous = false
  authenticatedGroups: readonly string[] | null = null
  responseStatus = 0
  replied = false
  /** The body as bytes, where a plugin read the whole of it or wrote another; it goes upstream in place of the stream. */
  heldBody: Uint8Array | null = null
  upstreamLatencyMs: number | null = null
  attempts = 0
  target: string | null = null
  bytesOut = 0
  /** A streaming body may not be longer, in bytes. */
  bodyBytesMax = Number.POSITIVE_INFINITY
  /** Who looks at the body as it streams; null for nobody. */
  watches: BodyWatches | null = null
  /** The client gets no body, whatever the answer has. */
  dropsBody = false
  /** What plugins make of the answer's body; null where it streams. */
  rewriting: ResponseRewriting | null = null
  /** Who follows the upstream's answer; null for nobody. */
  watch: AnswerWatch | null = null
  hasEnded = false
  /** What was thrown at the end; null where nothing was. */
  endFailures: unknown[] | null = null
  /** What plugins asked for at the end; null where nothing was. */
  #endings: (() => void)[] | null = null
  /** Where the request is sent besides; null for nowhere. */
  copy: RequestCopy | null = null
  /** Who may encode the answer's body; null for nobody. */
  chooseEncoder: ChooseEncoder | null = null
  /** Settles with the reading that came last: they come one after the other. */
  #reading: Promise<Uint8Array | null> | null = null
  /** The body is known to be longer than so many bytes. */
  #bodyExceeds = -1

  constructor(head: RequestHead, body: RequestBody) {
    this.head = head
    this.requestHeaders = head.headers
    this.query = head.query
    this.#body = body
  }

  get id(): string {
    return this.head.id
  }
  get method(): string {
    return this.head.method
  }
  get path(): string {
    return this.head.path
  }
  get rawTarget(): string {
    const { rawPath, query } = this.head
    return query === null ? rawPath : `${rawPath}?${query}`
  }
  get httpVersion(): string {
    return this.head.httpVersion
  }
  get scheme(): 'http' | 'https' {
    return this.head.scheme
  }
  get host(): string {
    return this.head.host
  }
  get port(): number {
    return this.head.port
  }
  get clientIp(): string {
    return this.head.clientIp
  }
  get clientPort(): number {
    return this.head.clientPort
  }
  get connection(): { id: number; requests: number } {
    return this.head.connection
  }
  get isPeerTrusted(): boolean {
    return this.head.isPeerTrusted
  }
  get clientCertificate(): ClientCertificate | null {
    return this.head.clientCertificate
  }

  get hasBody(): boolean {
    return this.#body.present
  }
  get expectsContinue(): boolean {
    return this.head.expectsContinue
  }

  whenEnded(action: () => void): void {
    if (this.hasEnded) action()
    else if (this.#endings === null) this.#endings = [action]
    else this.#endings.push(action)
  }

  /**
   * Tells those who asked for it, once. Comes before the last bytes of the answer go out: a client that asks again at once, perhaps in another
   * worker, finds given back what its request held.
   */
  end(): void {
    this.hasEnded = true
    if (this.#endings === null) return
    const endings = this.#endings
    this.#endings = null
    for (const action of endings) {
      try {
        action()
      } catch (error) {
        this.endFailures = [...(this.endFailures ?? []), error]
      }
    }
  }

  body(maxBytes: number): Promise<Uint8Array | null> {
    if (!this.#body.present && this.heldBody === null) return Promise.resolve(new Uint8Array())
    this.#reading = this.#reading === null ? this.#hold(maxBytes) : this.#reading.then(() => this.#hold(maxBytes))
    return this.#reading
  }

  setBody(body: Uint8Array): void {
    this.heldBody = body
  }

  limitBody(maxBytes: number): void {
    this.bodyBytesMax = Math.min(this.bodyBytesMax, maxBytes)
  }

  watchBody(watch: BodyWatch): void {
    this.watches ??= new BodyWatches()
    this.watches.add(watch)
  }

  rewriteResponse(maxBytes: number, rewrite: ResponseRewrite): void {
    this.rewriting ??= { maxBytes, rewrites: [] }
    this.rewriting.maxBytes = Math.min(this.rewriting.maxBytes, maxBytes)
    this.rewriting.rewrites.push(rewrite)
  }

  copyRequest(copy: RequestCopy): void {
    this.copy?.onOver(false)
    this.copy = copy
    // A request that did not go upstream has no copy either.
    this.whenEnded(() => this.copy?.onOver(false))
  }

  encodeResponse(choose: ChooseEncoder): void {
    this.chooseEncoder = choose
  }

  watchAnswer(watch: AnswerWatch): void {
    this.watch?.onEnd(false)
    this.watch = watch
  }

  dropResponseBody(): void {
    this.dropsBody = true
  }

  /** Plugins take bodies of different lengths: what was too long for one may do for the next. */
  async #hold(maxBytes: number): Promise<Uint8Array | null> {
    if (this.heldBody !== null) return this.heldBody.byteLength <= maxBytes ? this.heldBody : null
    if (maxBytes <= this.#bodyExceeds) return null
    this.heldBody = await this.#body.read(maxBytes)
    if (this.heldBody === null) this.#bodyExceeds = maxBytes
    else {
      // Who reads it next must not see what a plugin before it would have refused.
      const refusal = this.watches?.whole(this.heldBody) ?? null
      if (refusal !== null) throw new BodyRefused(refusal)
    }
    return this.heldBody
  }
}
