import { JsonMembers } from '@sluice/shared/json-members'
import type * as z from 'zod'
import { type ConsumerView, definePluginHandler, type HeaderFields, type PluginExchange, type PluginReply } from '../contract.ts'
import { JsonBody } from './json-body.ts'
import { applyOperations, type Changeable, compileTemplate, OperationCompiler, type Operations, renderAll } from './operations.ts'
import { argumentOf, encodeBytes, Pairs } from './pairs.ts'
import { requestTransformerSchema } from './schema.ts'
import { render, type Template, type TemplateSource } from './template.ts'

type Config = z.output<typeof requestTransformerSchema.config>
type Change = Exclude<keyof Config, 'http_method' | 'max_body_size'>

const BAD_REQUEST: PluginReply = { kind: 'error', status: 400, message: 'Bad request' }
const TOO_LARGE: PluginReply = { kind: 'error', status: 413, message: 'Payload too large' }

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 forbids control bytes in a field value, all but the tab.
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/
const HOST = /^[A-Za-z0-9._~%:[\]-]{1,255}$/
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/

/** A value of the request that cannot stand where a template puts it. */
class UnfitValue extends Error {}

/** What the node writes about the caller after all plugins, so that a template can use it. */
const IDENTITY: Readonly<Record<string, (consumer: ConsumerView) => string | null>> = {
  'x-consumer-id': ({ id }) => id,
  'x-consumer-username': ({ username }) => username,
  'x-consumer-custom-id': ({ custom_id }) => custom_id,
}

class ExchangeSource implements TemplateSource {
  readonly #exchange: PluginExchange

  constructor(exchange: PluginExchange) {
    this.#exchange = exchange
  }

  /** As in Kong, `_` stands for `-` too. */
  header(name: string): string | null {
    const { consumer, requestHeaders } = this.#exchange
    const dashed = name.replaceAll('_', '-').toLowerCase()
    if (consumer !== null && Object.hasOwn(IDENTITY, dashed)) return IDENTITY[dashed]?.(consumer) ?? null
    return requestHeaders.get(name) ?? requestHeaders.get(dashed)
  }

  argument(name: string): string | null {
    return argumentOf(this.#exchange.query, name)
  }

  capture(name: string): string | null {
    const { uriCaptures } = this.#exchange
    const value = Object.hasOwn(uriCaptures, name) ? uriCaptures[name] : false
    return typeof value === 'string' ? value : null
  }
}

const isHost = (name: string) => name.length === 4 && name.toLowerCase() === 'host'

/** The header fields of a request. Host is not one of them: it can be replaced, and nothing else. */
class RequestFields implements Changeable {
  readonly #exchange: PluginExchange
  readonly #fields: HeaderFields

  constructor(exchange: PluginExchange) {
    this.#exchange = exchange
    this.#fields = exchange.requestHeaders
  }

  has(name: string): boolean {
    return isHost(name) || this.#fields.has(name)
  }

  remove(name: string): void {
    if (!isHost(name)) this.#fields.remove(name)
  }

  rename(from: string, to: string): void {
    if (isHost(from) || isHost(to)) return
    const values = this.#fields.getAll(from)
    if (values.length === 0) return
    this.#fields.remove(from)
    this.#fields.remove(to)
    for (const value of values) this.#fields.add(to, value)
  }

  replace(name: string, value: string): void {
    if (isHost(name)) {
      if (!HOST.test(value)) throw new UnfitValue()
      this.#exchange.upstream.hostHeader = value
    } else if (this.#fields.has(name)) this.#fields.set(name, fit(value))
  }

  append(name: string, value: string): void {
    if (!isHost(name)) this.#fields.add(name, fit(value))
  }
}

function fit(value: string): string {
  if (FORBIDDEN_IN_VALUE.test(value)) throw new UnfitValue()
  return value
}

type BodyKind = 'json' | 'form' | null

function bodyKind(headers: HeaderFields): BodyKind {
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  if (type.includes('application/json')) return 'json'
  return type.includes('application/x-www-form-urlencoded') ? 'form' : null
}

/** A `/` of a value parts the path as one of the template; all else that would end the path or be read as an escape is encoded. */
const encodeInPath = (value: string) => value.split('/').map(encodeBytes).join('/')

class RequestTransformer {
  readonly #method: string | null
  readonly #maxBytes: number
  readonly #uri: Template | null
  readonly #headers: Operations | null
  readonly #query: Operations | null
  readonly #body: Operations | null
  readonly #templates: readonly Template[]

  constructor(config: Config) {
    const compiler = new OperationCompiler()
    const lists: Pick<Config, Change> = config
    this.#method = config.http_method
    this.#maxBytes = config.max_body_size
    this.#uri = config.replace.uri === null ? null : compileTemplate(config.replace.uri)
    this.#headers = compiler.compile(lists, 'headers')
    this.#query = compiler.compile(lists, 'querystring')
    this.#body = compiler.compile(lists, 'body')
    this.#templates = compiler.templates
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    try {
      const source = new ExchangeSource(exchange)
      const values = renderAll(this.#templates, source)
      if (this.#uri !== null) exchange.upstream.uri = pathOf(this.#uri, source)
      if (this.#method !== null) exchange.upstream.method = this.#method
      if (this.#headers !== null) applyOperations(this.#headers, values, new RequestFields(exchange))
      const kind = this.#needsBody(exchange)
      if (kind !== null) return exchange.body(this.#maxBytes).then((body) => this.#withBody(exchange, values, kind, body))
      this.#changeQuery(exchange, values, null)
      return undefined
    } catch (error) {
      if (error instanceof UnfitValue) return BAD_REQUEST
      throw error
    }
  }

  /** The kind of a body that is to be read; null where none is. */
  #needsBody(exchange: PluginExchange): BodyKind {
    const kind = this.#body === null && this.#method !== 'GET' ? null : bodyKind(exchange.requestHeaders)
    // A form that is sent with GET becomes part of the query, as in Kong.
    return kind === 'form' || this.#body !== null ? kind : null
  }

  #withBody(exchange: PluginExchange, values: readonly string[], kind: 'json' | 'form', body: Uint8Array | null): PluginReply | undefined {
    if (body === null) return TOO_LARGE
    const form = kind === 'form' && this.#method === 'GET' ? Buffer.from(body).toString('latin1') : null
    try {
      if (this.#body !== null) {
        const changed = kind === 'json' ? changeJson(this.#body, values, body) : changeForm(this.#body, values, body)
        if (changed !== null) exchange.setBody(changed)
      }
    } catch (error) {
      if (error instanceof RangeError) return BAD_REQUEST
      throw error
    }
    this.#changeQuery(exchange, values, form)
    return undefined
  }

  #changeQuery(exchange: PluginExchange, values: readonly string[], form: string | null): void {
    if (form !== null && form !== '') {
      // What a form holds has passed no check as a target.
      const clean = form.replaceAll(/[^\x21-\x7e]/g, encodeBytes).replaceAll('#', '%23')
      exchange.query = exchange.query === null || exchange.query === '' ? clean : `${exchange.query}&${clean}`
    }
    if (this.#query === null) return
    const pairs = new Pairs(exchange.query)
    applyOperations(this.#query, values, pairs)
    exchange.query = pairs.toText()
  }
}

function pathOf(template: Template, source: TemplateSource): string {
  const text = render(template, source, encodeInPath)
  // A value may not climb out of where the template puts it.
  if (DOT_SEGMENT.test(text)) throw new UnfitValue()
  return text.startsWith('/') ? text : `/${text}`
}

/** Null where nothing was changed: what is no JSON object goes on as it is. */
function changeJson(operations: Operations, values: readonly string[], body: Uint8Array): Uint8Array | null {
  const members = JsonMembers.parse(body)
  if (members === null) return null
  applyOperations(operations, values, new JsonBody(members))
  return Buffer.from(members.toText())
}

function changeForm(operations: Operations, values: readonly string[], body: Uint8Array): Uint8Array {
  const pairs = new Pairs(Buffer.from(body).toString('latin1'))
  applyOperations(operations, values, pairs)
  return Buffer.from(pairs.toText() ?? '', 'latin1')
}

export const requestTransformerHandler = definePluginHandler(requestTransformerSchema, (config) => {
  const instance = new RequestTransformer(config)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
