import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { isKnownAlgorithm, verifySignature } from './algorithms.ts'
import { jwtSchema } from './schema.ts'
import { fieldOf, readToken, type Token } from './token.ts'
import { SEVERAL, TokenFinder } from './token-finder.ts'

type Config = z.output<typeof jwtSchema.config>
type Claim = 'exp' | 'nbf'

/** What is wrong with a time, in Kong's words, or null. RFC 7519 4.1.4 and 4.1.5. */
const TIME_PROBLEMS: Readonly<Record<Claim, (time: number, now: number) => string | null>> = {
  exp: (time, now) => (time <= now ? 'token expired' : null),
  nbf: (time, now) => (time > now ? 'token not valid yet' : null),
}

class Jwt {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #finder: TokenFinder
  readonly #noToken: PluginReply
  readonly #invalid: Readonly<Record<string, string>>

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#finder = new TokenFinder(config)
    const bearer = challenge('Bearer', config.realm)
    this.#noToken = { kind: 'json', status: 401, body: { message: 'Unauthorized' }, headers: { 'WWW-Authenticate': bearer } }
    this.#invalid = { 'WWW-Authenticate': `${bearer}${config.realm === null ? '' : ','} error="invalid_token"` }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined {
    if (!this.#config.run_on_preflight && exchange.method === 'OPTIONS') return this.#authentication.passUnasked(exchange)
    if (this.#authentication.isSettled(exchange)) return undefined
    const text = this.#finder.find(exchange)
    if (text === null) return this.#authentication.refuse(exchange, this.#noToken)
    if (text === SEVERAL) return this.#refuse(exchange, 'Multiple tokens provided')
    const token = readToken(text, isKnownAlgorithm)
    return typeof token === 'string' ? this.#refuse(exchange, `Bad token; ${token}`) : this.#decide(exchange, token)
  }

  #decide(exchange: PluginExchange, token: Token): PluginReply | undefined {
    const { key_claim_name: name, secret_is_base64: isBase64 } = this.#config
    const key = fieldOf(token.claims, name) ?? fieldOf(token.header, name)
    if (key === undefined || key === null) return this.#refuse(exchange, `No mandatory '${name}' in claims`)
    if (typeof key !== 'string' || key === '') return this.#refuse(exchange, `Invalid '${name}' in claims`)
    const owner = this.#environment.credentials.find('jwt_secret', key)
    if (owner === null) return this.#refuse(exchange, `No credentials found for given '${name}'`)
    const { fields } = owner.credential
    if (token.algorithm !== fields.algorithm) return this.#refuse(exchange, 'Invalid algorithm')
    const verdict = verifySignature(fields, token, { isBase64 })
    if (verdict === 'invalid_key') return this.#refuse(exchange, 'Invalid key/secret')
    if (verdict === 'invalid_signature') return this.#refuse(exchange, 'Invalid signature')
    const problems = this.#timeProblems(token.claims)
    return problems === null ? this.#authentication.accept(exchange, owner) : this.#refuse(exchange, problems)
  }

  #timeProblems(claims: Token['claims']): Record<string, string> | null {
    const { claims_to_verify: names, maximum_expiration: ahead } = this.#config
    if (names === null) return null
    const now = this.#environment.clock.nowMs() / 1000
    const problems: Record<string, string> = {}
    for (const name of names) {
      const time = fieldOf(claims, name)
      const problem = typeof time === 'number' ? TIME_PROBLEMS[name](time, now) : 'must be a number'
      if (problem !== null) problems[name] = problem
    }
    if (Object.keys(problems).length > 0) return problems
    // exp is a number here: a bound without exp among the claims to verify is refused with the configuration.
    return ahead > 0 && Number(fieldOf(claims, 'exp')) - now > ahead ? { exp: 'exceeds maximum allowed expiration' } : null
  }

  /** A message, or what is wrong with each claim: Kong answers that as a bare object. */
  #refuse(exchange: PluginExchange, problem: string | Record<string, string>): PluginReply | undefined {
    const body = typeof problem === 'string' ? { message: problem } : problem
    return this.#authentication.refuse(exchange, { kind: 'json', status: 401, body, headers: this.#invalid })
  }
}

export const jwtHandler = definePluginHandler(jwtSchema, (config, environment) => {
  const instance = new Jwt(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
