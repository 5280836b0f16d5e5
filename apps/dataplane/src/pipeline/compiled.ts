import type { SecureContext } from 'node:tls'
import type { PluginInstance } from '@sluice/plugins/contract'
import type { Router } from '@sluice/shared/routing/compile'
import type { Balancer } from '../balancer/ring.ts'
import type { Target } from '../balancer/target.ts'
import type { UpstreamProtocol } from '../upstream/attempt.ts'
import type { UpstreamTls } from '../upstream/pools.ts'

/** One configured plugin in the order of execution. */
export interface ChainPlugin {
  name: string
  id: string
  priority: number
  instance: PluginInstance
}

/** The plugins of a route, by what is known of the caller. Compiled once per revision. */
export interface PluginChains {
  /** Without consumer: what runs until an authentication plugin finds one, and for all others. */
  base: readonly ChainPlugin[]
  /** The chain for a consumer; the same array as `base` where nothing is bound to the consumer or its groups. */
  forConsumer(consumer: { id: string; groups: readonly string[] }): readonly ChainPlugin[]
}

export interface CompiledService {
  id: string
  name: string | null
  host: string
  port: number
  /** Host and port, for a host that is no upstream. */
  target: Target
  path: string | null
  scheme: 'http' | 'https'
  /** h2 for grpc and grpcs. */
  protocol: UpstreamProtocol
  retries: number
  connectTimeoutMs: number
  readTimeoutMs: number
  writeTimeoutMs: number
  /** TLS settings for a server name, where the service speaks https. */
  tls: ((servername: string) => UpstreamTls) | null
}

export interface CompiledUpstream {
  balancer: Balancer
  hostHeader: string | null
}

export interface CompiledRoute {
  id: string
  name: string | null
  service: CompiledService | null
  protocols: ReadonlySet<string>
  stripPath: boolean
  preserveHost: boolean
  /** A body is whole before the upstream is asked, where it is short enough to be held. */
  buffersRequest: boolean
  /** The upstream is read ahead of a slow client. */
  buffersAnswer: boolean
  redirectStatus: number
  chains: PluginChains
}

/** Certificates with their keys in PEM, one pair for each kind of key. */
export interface KeyPairs {
  cert: string[]
  key: string[]
}

/** Which clients are asked for a certificate over TLS. */
export interface CertificateAsking {
  /** True where nobody is. */
  readonly isNone: boolean
  /** By the server name that a client gives, null where it gives none. */
  asks(servername: string | null): boolean
}

/** What `Map` offers for reading by key, without its order. */
export interface Lookup<V> {
  get(key: string): V | undefined
  values(): Iterable<V>
  readonly size: number
}

/** A revision as a worker serves it. Immutable; an exchange keeps the one that it began with. */
export interface CompiledConfig {
  revision: number
  hash: string
  router: Router
  routes: Lookup<CompiledRoute>
  upstreams: Lookup<CompiledUpstream>
  /** Global plugins, for requests that no route takes. */
  globalChain: readonly ChainPlugin[]
  /** The certificate for a server name, or null. */
  certificateFor(servername: string): SecureContext | null
  /** For clients that name no server. */
  fallbackCertificate: KeyPairs | null
  clientCertificates: CertificateAsking
}
