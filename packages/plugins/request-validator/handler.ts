import type * as z from 'zod'
import { definePluginHandler, type PluginExchange, type PluginReply } from '../contract.ts'
import { fitsMediaType, isJson, type MediaType, parseMediaType } from './content-type.ts'
import { compileJsonSchema, type SchemaCheck, type SchemaMismatch } from './json-schema.ts'
import { compileKongSchema } from './kong-schema.ts'
import { compileParameter, type ParameterCheck, ParameterSource } from './parameters.ts'
import { draftOfParameters, requestValidatorSchema } from './schema.ts'

type Config = z.output<typeof requestValidatorSchema.config>

const WRONG_TYPE: PluginReply = { kind: 'json', status: 400, body: { message: 'specified Content-Type is not allowed' } }
const TOO_LARGE: PluginReply = { kind: 'error', status: 413, message: 'Payload too large' }
const BODY = "request body doesn't conform to schema"
const PARAMETER = "request param doesn't conform to schema"
/** Methods that have content; without any there is nothing that could fit the schema. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])

function compileBody({ body_schema, version }: Config): SchemaCheck | null {
  if (body_schema === null) return null
  const schema: unknown = JSON.parse(body_schema)
  if (version !== 'kong') return compileJsonSchema(schema, version)
  const result = compileKongSchema(schema)
  if (!result.ok) throw new TypeError(result.problem)
  return result.check
}

class RequestValidator {
  readonly #types: readonly MediaType[]
  readonly #comparesParameters: boolean
  readonly #body: SchemaCheck | null
  readonly #parameters: readonly ParameterCheck[]
  readonly #isVerbose: boolean
  readonly #maxBytes: number

  constructor(config: Config) {
    this.#types = config.allowed_content_types.flatMap((text) => parseMediaType(text) ?? [])
    this.#comparesParameters = config.content_type_parameter_validation
    this.#body = compileBody(config)
    this.#parameters = (config.parameter_schema ?? []).map((entry) => compileParameter(entry, draftOfParameters(config.version)))
    this.#isVerbose = config.verbose_response
    this.#maxBytes = config.max_body_size
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    const mismatch = this.#checkParameters(exchange)
    if (mismatch !== null) return this.#refusal(PARAMETER, mismatch)
    if (!exchange.hasBody && !WITH_BODY.has(exchange.method)) return undefined
    if (!exchange.hasBody) return this.#body === null ? undefined : this.#refusal(BODY, { path: '', message: 'is empty' })
    const type = parseMediaType(exchange.requestHeaders.getAll('content-type').join(', ').trim())
    if (type === null || !this.#types.some((allowed) => fitsMediaType(type, allowed, this.#comparesParameters))) return WRONG_TYPE
    const check = this.#body
    if (check === null || !isJson(type)) return undefined
    return exchange.body(this.#maxBytes).then((body) => (body === null ? TOO_LARGE : this.#checkBody(check, body)))
  }

  #checkParameters(exchange: PluginExchange): SchemaMismatch | null {
    if (this.#parameters.length === 0) return null
    const source = new ParameterSource(exchange)
    for (const check of this.#parameters) {
      const mismatch = check(source)
      if (mismatch !== null) return mismatch
    }
    return null
  }

  #checkBody(check: SchemaCheck, body: Uint8Array): PluginReply | undefined {
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    } catch {
      return this.#refusal(BODY, { path: '', message: 'is not JSON in UTF-8' })
    }
    try {
      const mismatch = check(value)
      return mismatch === null ? undefined : this.#refusal(BODY, mismatch)
    } catch (error) {
      // A schema that describes itself follows a body as deep as it goes: what is too deep for that fits no schema.
      if (error instanceof RangeError) return this.#refusal(BODY, { path: '', message: 'is nested too deep' })
      throw error
    }
  }

  #refusal(message: string, { path, message: reason }: SchemaMismatch): PluginReply {
    return { kind: 'json', status: 400, body: this.#isVerbose ? { message, errors: [{ path, message: reason }] } : { message } }
  }
}

export const requestValidatorHandler = definePluginHandler(requestValidatorSchema, (config) => {
  const instance = new RequestValidator(config)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
