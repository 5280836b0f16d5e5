import type { EntityType } from '@sluice/shared/entities/registry'
import type * as z from 'zod'
import type { CounterTable, Directory, HttpClient, InFlightPlaces, KeptObjects, RedisSettings, RedisStore, SharedGenerations } from './outside.ts'

export * from './outside.ts'

export type MaybePromise<T> = T | Promise<T>
export type PluginScope = 'global' | 'service' | 'route' | 'consumer' | 'consumer_group'
export type PluginCategory = 'authentication' | 'traffic' | 'transformation' | 'protection' | 'observability'

/** What a plugin is, without behaviour: safe for browsers. The zod object gives type, validation, form and documentation. */
export interface PluginSchema<Config extends z.ZodType = z.ZodType> {
  /** Kong's name, such as `key-auth`. */
  name: string
  title: string
  category: PluginCategory
  /** One or two sentences for the gallery. */
  summary: string
  scopes: readonly PluginScope[]
  protocols: readonly string[]
  /** The plugin reads `clientCertificate`: clients are asked for one over TLS where it is bound, and nowhere else. */
  asksForClientCertificate?: true
  config: Config
}

export function definePluginSchema<Config extends z.ZodType>(schema: PluginSchema<Config>): PluginSchema<Config> {
  return schema
}

/**
 * Header fields of one message. Names compare without case; the order of fields and repeated lines are kept.
 * Names and values are valid field text: setting anything with CR, LF or NUL throws.
 */
export interface HeaderFields {
  /** First value, or null. */
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string): boolean
  /** Replaces every line of that name by one, in the place of the first. */
  set(name: string, value: string): void
  /** Adds a line at the end. */
  add(name: string, value: string): void
  remove(name: string): void
  entries(): Iterable<[string, string]>
}

export interface ConsumerView {
  readonly id: string
  readonly username: string | null
  readonly custom_id: string | null
  /** Names of its ACL groups (credentials of kind acl). */
  readonly acl_groups: readonly string[]
  /** Ids of the consumer groups it is a member of. */
  readonly groups: readonly string[]
}

export interface CredentialView {
  readonly id: string
  /** What X-Credential-Identifier says. */
  readonly identifier: string
  readonly fields: Readonly<Record<string, unknown>>
}

export type CredentialKind = Extract<EntityType, 'keyauth_credential' | 'basicauth_credential' | 'hmacauth_credential' | 'jwt_secret' | 'oauth2_credential'>

export type ConsumerField = 'id' | 'username' | 'custom_id'

/** Credentials of the current revision by what identifies them: `sha256:<hex>` of the key, the username, the jwt key, or the client id. */
export interface CredentialIndex {
  find(kind: CredentialKind, identifier: string): { consumer: ConsumerView; credential: CredentialView } | null
  /** A consumer by id or username, as the `anonymous` settings write it. */
  consumer(idOrUsername: string): ConsumerView | null
  /** The consumer with this value in one field; names compare with case. */
  consumerBy(field: ConsumerField, value: string): ConsumerView | null
  /** Name of a consumer group by its id, null where there is none. */
  groupName(id: string): string | null
}

/** What a plugin may ask of the outside. Everything that decides by time or chance takes it from here. */
export interface PluginEnvironment {
  readonly pluginId: string
  readonly scope: { service: string | null; route: string | null; consumer: string | null; consumer_group: string | null }
  readonly credentials: CredentialIndex
  readonly counters: CounterTable
  readonly places: InFlightPlaces
  /** Never connects by itself. */
  redis(settings: RedisSettings): RedisStore
  readonly directory: Directory
  readonly http: HttpClient
  readonly kept: KeptObjects
  readonly generations: SharedGenerations
  readonly clock: { nowMs(): number }
  /** Uniform in [0, 1). */
  random(): number
  uuid(): string
  /** True where the name is an upstream with at least one target that may take traffic; null where no upstream has that name. */
  upstreamAvailable(name: string): boolean | null
  /** PEM of a `ca_certificate` of the configuration, null where there is none with this id. */
  caCertificate(id: string): string | null
  readonly node: { id: string; hostname: string; pid: number }
  log(level: 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}

/** A reply in place of the upstream's answer. */
export type PluginReply =
  /** Kong's `kong.response.error`: body by Accept (JSON, HTML, XML, plain) with request_id. */
  | { kind: 'error'; status: number; message: string; headers?: Readonly<Record<string, string>> }
  /** Kong's `kong.response.exit` with a table: compact JSON `{"message":…}` (or the given object) without request_id. */
  | { kind: 'json'; status: number; body: Readonly<Record<string, unknown>>; headers?: Readonly<Record<string, string>> }
  /** Exactly this text (none for null) with this Content-Type (none for null). */
  | { kind: 'raw'; status: number; body: string | null; contentType: string | null; headers?: Readonly<Record<string, string>> }
  | StoredReply

/** An answer of an upstream that a plugin kept. It is sent as the upstream's own would be, with the fields that are given. */
export interface StoredReply {
  kind: 'stored'
  status: number
  fields: readonly (readonly [string, string])[]
  /** The whole body; to HEAD only its length is told. Null for an answer without one, such as 304. */
  body: Uint8Array | null
  /** What is asked of the upstream meanwhile, for the next one who comes; null for nothing. */
  refresh: BackgroundRequest | null
  /** Fields that are set over these. */
  headers?: Readonly<Record<string, string>>
}

/** A GET upstream that no client waits for: the request as it stands, with these fields in place of its own. It counts in no metric and no log. */
export interface BackgroundRequest {
  /** Null removes a field. */
  headers: Readonly<Record<string, string | null>>
  watch: AnswerWatch
}

/** Head of an upstream's answer, without the fields of its connection. */
export interface WatchedHead {
  readonly status: number
  readonly headers: HeaderFields
  /** Bytes of the body; null where only its end tells; `none` where it has none. */
  readonly length: number | null | 'none'
}

/**
 * Follows what an upstream answers, as it comes: before the response phase, and before any rewriting. Where it throws, the answer goes on to the
 * client as if nobody followed it.
 */
export interface AnswerWatch {
  /** False: pieces of the body need not be given. Asked for each piece. */
  readonly wantsBody: boolean
  /** The final head. A reply goes to the client in place of the answer, whose body is still given here. */
  onHead(head: WatchedHead): PluginReply | undefined
  /** A piece of the body, which may be kept. */
  onPiece(piece: Uint8Array): void
  /** Nothing more comes. `isWhole` only after a complete answer; false too where the request never went upstream. Only the first call counts. */
  onEnd(isWhole: boolean): void
  /** No answer can be had, and the client would get this status. A reply goes to the client instead. */
  onFailure(status: number): PluginReply | undefined
}

/** Where the request will go. A plugin may set the fields before the attempt; null means what route and service say. */
export interface UpstreamOverride {
  /** A host name, an address, or the name of an upstream. */
  host: string | null
  port: number | null
  /** Replaces the service's path in building the upstream path (`canary.upstream_uri`). */
  path: string | null
  /** The whole path upstream, in place of what route and service make of it: starts with `/`, without query, one character per byte. */
  uri: string | null
  /** Method upstream. Never HEAD where the client asked for content: its answer could not be passed on. */
  method: string | null
  /** The Host field upstream, in place of what preserve_host and the upstream say. */
  hostHeader: string | null
  /** Milliseconds, in place of the service's. */
  connectTimeoutMs: number | null
  sendTimeoutMs: number | null
  readTimeoutMs: number | null
  /** Label in telemetry and log; `canary` when the canary plugin sent the request elsewhere. */
  variant: 'stable' | 'canary'
}

/** Makes another body of a whole one. Where it throws, the answer becomes 500. */
export type ResponseRewrite = (body: Uint8Array) => Uint8Array | null

/** A certificate whose key the client of a connection has proved to hold. Whom it can be trusted to be is not checked yet. One object for a connection. */
export interface ClientCertificate {
  /** DER of the certificate, then of others that the client sent with it, each the issuer of the one before; at most 8. */
  readonly chain: readonly Uint8Array[]
}

/**
 * Looks at a request body that is not held, before each piece of it goes upstream. A reply ends the exchange in place of the upstream's answer;
 * an upstream can have seen what came before it, never the end. Where it throws, the answer becomes 500.
 */
export interface BodyWatch {
  /** A piece, valid during the call alone. */
  onPiece(piece: Uint8Array): PluginReply | undefined
  /** The body is whole. */
  onEnd(): PluginReply | undefined
}

/** Makes other bytes of a body as it streams, on a thread of its own. */
export interface BodyEncoder {
  /** One of `node:zlib`. */
  readonly stream: EncoderStream
  /** Gives out what it holds back, so that the client can read all that was written. */
  flush(): void
  /** Called once: the answer is sent, or the client gone. */
  onOver(): void
}

export interface EncoderStream {
  /** False: no more until `drain`. */
  write(piece: Uint8Array): boolean
  end(): void
  destroy(): void
  pause(): void
  resume(): void
  on(event: 'data', listener: (piece: Uint8Array) => void): void
  on(event: 'drain' | 'end' | 'error', listener: () => void): void
}

/**
 * Decides, when all plugins and rewritings have made an answer, whether its body is encoded, and changes its fields then; its length is told
 * anew by the node. `length` is null where only the end tells it, and `none` for an answer without a body, as to HEAD: that one cannot be encoded.
 */
export type ChooseEncoder = (answer: { status: number; headers: HeaderFields; length: number | null | 'none' }) => BodyEncoder | null

/** Another place that gets a request too. Its answer is thrown away, and it counts in no metric and no log. */
export interface RequestCopy {
  /** As of UpstreamOverride. */
  readonly host: string
  readonly port: number | null
  readonly path: string | null
  /** In place of the request's own; null removes a field. */
  readonly headers: Readonly<Record<string, string | null>>
  /** A longer body makes that nothing is sent. */
  readonly bodyBytesMax: number
  /** The copy ends after so long at the latest, in milliseconds. */
  readonly timeoutMs: number
  /** Asks for room for so many bytes more of the body, as they come; false: nothing is sent. */
  reserve(bytes: number): boolean
  /** Called once, with whether it was sent: its room is free again. */
  onOver(wasSent: boolean): void
}

/** One request with its state, as plugins see it. */
export interface PluginExchange {
  /** X-Sluice-Request-Id: 32 lower-case hex digits. */
  readonly id: string
  readonly method: string
  /** Normalised path without query. */
  readonly path: string
  /** Raw query without `?`; null where the target has none. Settable. */
  query: string | null
  /** Path and query as the client sent them, whatever plugins made of the query since. */
  readonly rawTarget: string
  /** `1.0`, `1.1` or `2.0`. */
  readonly httpVersion: string
  readonly scheme: 'http' | 'https'
  /** Host as the client sent it, with port where given. */
  readonly host: string
  /** Port of the listener. */
  readonly port: number
  /** Address of the client after trusted_ips and real_ip_header. */
  readonly clientIp: string
  readonly clientPort: number
  /** Position of this request on its connection, from 1. */
  readonly connection: { id: number; requests: number }
  /** The peer of the connection is one whose X-Forwarded-* are believed; from any other they are what a caller likes to say. */
  readonly isPeerTrusted: boolean
  /** Null where the client showed none, was not asked for one, or came without TLS. */
  readonly clientCertificate: ClientCertificate | null
  /** Fields that go upstream; hop-by-hop fields are gone already. */
  readonly requestHeaders: HeaderFields
  readonly route: { readonly id: string; readonly name: string | null }
  readonly service: { readonly id: string; readonly name: string | null; readonly host: string } | null
  readonly uriCaptures: Readonly<Record<string, string | false>>
  consumer: ConsumerView | null
  credential: CredentialView | null
  /** Set where an auth plugin fell back to its anonymous consumer. */
  anonymous: boolean
  /** Groups that authentication itself named, as a directory or a token does; null where it named none. */
  authenticatedGroups: readonly string[] | null
  /** Lines for the access log under these names. */
  readonly log: Record<string, unknown>
  readonly upstream: UpstreamOverride
  /** Status and fields of what the client gets: the upstream's answer or a reply. Only in onResponse and later. */
  responseStatus: number
  readonly responseHeaders: HeaderFields
  /** True where the answer is a reply of the gateway (also 502/504 after failed attempts). */
  readonly replied: boolean
  /** True where the request has a body, even of unknown length. */
  readonly hasBody: boolean
  /** True where the client waits for 100 Continue before it sends its body; asking for the body tells it to go on. */
  readonly expectsContinue: boolean
  /**
   * Runs `action` once, when the exchange has ended in whatever way: answered, aborted by the client, failed, or an upgraded connection closed. At once where it
   * has ended already, as it may have while a plugin waited. What a plugin holds for a request is given back here; `onEnd` is only for plugins whose turn came.
   */
  whenEnded(action: () => void): void
  /** The whole request body, at most `maxBytes`; null where it is longer (it then streams on as it was). */
  body(maxBytes: number): Promise<Uint8Array | null>
  /** Replaces the request body; only after body() gave one. */
  setBody(body: Uint8Array): void
  /** Ends the exchange with 413 once a body that streams upstream is longer than this; of several limits the smallest counts. */
  limitBody(maxBytes: number): void
  /**
   * In onRequest alone: shows the client's body to `watch` as it streams, for bodies that are too long to be held. One that somebody holds all the
   * same is shown as one piece, before the upstream is called.
   */
  watchBody(watch: BodyWatch): void
  /**
   * In onResponse alone: holds the body of the answer and sends what `rewrite` makes of it, or the body itself where that is null. Several
   * are applied in turn. An upstream's answer that is longer than the smallest `maxBytes` becomes 502; one without a body is left alone.
   */
  rewriteResponse(maxBytes: number, rewrite: ResponseRewrite): void
  /** In onResponse alone: the client gets the head that is made there and no body. What an upstream still sends of one is not read. */
  dropResponseBody(): void
  /** In onRequest alone: follows the answer of the upstream. There is one watch for each request: the last that was given. */
  watchAnswer(watch: AnswerWatch): void
  /** In onRequest alone: sends the request, as it goes upstream in the end, to another place too. The client never waits for that. */
  copyRequest(copy: RequestCopy): void
  /** In onRequest alone: encodes the answer, be it an upstream's, a kept one or a reply. The last that was given counts. */
  encodeResponse(choose: ChooseEncoder): void
}

/** An answer of the gateway itself as it would be sent, before the response phase. */
export interface GatewayReply {
  readonly status: number
  /** The usual words for the status. */
  readonly reason: string
  /** What an error says; null where a body of its own was given. */
  readonly message: string | null
  readonly contentType: string | null
  readonly body: string | null
  /** Who gives it: a plugin, the gateway in doing its work, the gateway since no route takes the request, or since a plugin failed. */
  readonly origin: 'plugin' | 'gateway' | 'no_route' | 'unexpected'
}

/** What is sent instead. Other fields of the reply stay, but for those that are given here. */
export interface ReplyChange {
  /** 400 to 599. */
  status: number
  contentType: string
  body: string
  headers: readonly [string, string][]
}

/** One configured plugin. A hook that is absent costs nothing. Hooks that need not wait return no promise. */
export interface PluginInstance {
  /** Before the upstream is chosen. A reply ends the request; plugins after it do not run their onRequest. */
  onRequest?(exchange: PluginExchange): MaybePromise<PluginReply | undefined>
  /** Before an answer of the gateway itself is sent, but for calls of gRPC, which have no body. Of several changes the next plugin sees the one before. */
  onReply?(exchange: PluginExchange, reply: GatewayReply): ReplyChange | undefined
  /** When the head for the client is known, for replies too. In Kong: header_filter. */
  onResponse?(exchange: PluginExchange): void
  /** After the exchange ended. Never delays the client. */
  onEnd?(exchange: PluginExchange): void
}

/** Behaviour of a plugin: one instance per configured plugin and revision. */
export interface PluginHandler<Config = unknown> {
  readonly name: string
  create(config: Config, environment: PluginEnvironment): PluginInstance
}

export function definePluginHandler<Config extends z.ZodType>(
  schema: PluginSchema<Config>,
  create: (config: z.output<Config>, environment: PluginEnvironment) => PluginInstance,
): PluginHandler<z.output<Config>> {
  return { name: schema.name, create }
}
