import { hash } from 'node:crypto'
import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { keyAuthSchema } from './schema.ts'

type Config = z.output<typeof keyAuthSchema.config>

/** Bodies above this are not searched for a key, in bytes. */
const BODY_BYTES_MAX = 64 * 1024

interface Found {
  key: string
  place: 'header' | 'query' | 'body'
  name: string
}

/** A header is found by its name with - or _, as Kong does. */
const spellings = (name: string) => [...new Set([name, name.replaceAll('_', '-'), name.replaceAll('-', '_')])]

function queryPairs(query: string | null): { raw: string; name: string; value: string }[] {
  if (query === null || query === '') return []
  return query.split('&').map((raw) => {
    const [name, value] = new URLSearchParams(raw).entries().next().value ?? [raw, '']
    return { raw, name, value }
  })
}

function bodyField(body: Uint8Array, contentType: string, name: string): unknown {
  const text = Buffer.from(body).toString('utf8')
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    const values = new URLSearchParams(text).getAll(name)
    return values.length > 1 ? values : values[0]
  }
  if (!contentType.startsWith('application/json')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, name) ? (parsed as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}

function withoutBodyField(body: Uint8Array, contentType: string, name: string): Uint8Array {
  const text = Buffer.from(body).toString('utf8')
  if (contentType.startsWith('application/json')) {
    const { [name]: _, ...rest } = JSON.parse(text) as Record<string, unknown>
    return Buffer.from(JSON.stringify(rest))
  }
  const form = new URLSearchParams(text)
  form.delete(name)
  return Buffer.from(form.toString())
}

function valuesOf({ requestHeaders }: PluginExchange, headers: readonly string[]): string[] {
  const values: string[] = []
  for (const header of headers) if (requestHeaders.has(header)) values.push(...requestHeaders.getAll(header))
  return values
}

class KeyAuth {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #names: readonly { name: string; headers: readonly string[] }[]
  readonly #challenge: Readonly<Record<string, string>>

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#names = config.key_names.map((name) => ({ name, headers: spellings(name) }))
    this.#challenge = { 'WWW-Authenticate': challenge('Key', config.realm) }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    if (!this.#config.run_on_preflight && exchange.method === 'OPTIONS') return this.#authentication.passUnasked(exchange)
    if (this.#authentication.isSettled(exchange)) return undefined
    const values = this.#inHead(exchange)
    if (values.length > 0 || !this.#config.key_in_body) return this.#decide(exchange, values, null)
    return exchange.body(BODY_BYTES_MAX).then((body) => this.#decide(exchange, body === null ? [] : this.#inBody(exchange, body), body))
  }

  #inHead(exchange: PluginExchange): Found[] {
    for (const { name, headers } of this.#names) {
      if (this.#config.key_in_header) {
        const values = valuesOf(exchange, headers)
        if (values.some((value) => value !== '')) return values.map((key) => ({ key, place: 'header', name }))
      }
      if (this.#config.key_in_query) {
        const pairs = queryPairs(exchange.query).filter((pair) => pair.name === name)
        if (pairs.some((pair) => pair.value !== '')) return pairs.map(({ value }) => ({ key: value, place: 'query', name }))
      }
    }
    return []
  }

  #inBody(exchange: PluginExchange, body: Uint8Array): Found[] {
    const contentType = exchange.requestHeaders.get('content-type') ?? ''
    for (const { name } of this.#names) {
      const value = bodyField(body, contentType, name)
      const values = [value].flat().filter((entry): entry is string => typeof entry === 'string' && entry !== '')
      if (values.length > 0) return values.map((key) => ({ key, place: 'body', name }))
    }
    return []
  }

  #decide(exchange: PluginExchange, values: Found[], body: Uint8Array | null): PluginReply | undefined {
    const [found] = values
    if (found === undefined) return this.#refuse(exchange, 'No API key found in request')
    if (values.length > 1) return this.#refuse(exchange, 'Duplicate API key found')
    const identifier = `sha256:${hash('sha256', found.key, 'hex')}`
    const owner = this.#environment.credentials.find('keyauth_credential', identifier)
    if (owner === null) return this.#refuse(exchange, 'Unauthorized')
    if (this.#config.hide_credentials) this.#hide(exchange, found, body)
    return this.#authentication.accept(exchange, owner)
  }

  #hide(exchange: PluginExchange, found: Found, body: Uint8Array | null): void {
    if (found.place === 'header') for (const header of spellings(found.name)) exchange.requestHeaders.remove(header)
    if (found.place === 'query') {
      const rest = queryPairs(exchange.query).filter((pair) => pair.name !== found.name)
      exchange.query = rest.length === 0 ? null : rest.map((pair) => pair.raw).join('&')
    }
    if (found.place === 'body' && body !== null) exchange.setBody(withoutBodyField(body, exchange.requestHeaders.get('content-type') ?? '', found.name))
  }

  #refuse(exchange: PluginExchange, message: string): PluginReply | undefined {
    return this.#authentication.refuse(exchange, { kind: 'error', status: 401, message, headers: this.#challenge })
  }
}

export const keyAuthHandler = definePluginHandler(keyAuthSchema, (config, environment) => {
  const instance = new KeyAuth(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
