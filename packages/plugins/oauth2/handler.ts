import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { definePluginHandler, type MaybePromise, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { redisSettings } from '../redis-fields.ts'
import { answerOf, errorReply, Grants, OauthError } from './grants.ts'
import { mayBeInForm, parametersOf, tokenInForm, tokenInHead } from './parameters.ts'
import { oauth2Schema } from './schema.ts'
import { TokenSealer } from './sealed-token.ts'
import { UsedOnce } from './used-once.ts'

type Config = z.output<typeof oauth2Schema.config>
type Outcome = PluginReply | undefined

const SCOPE_HEADER = 'X-Authenticated-Scope'
const USER_HEADER = 'X-Authenticated-Userid'
const ENDPOINT = /\/oauth2\/(token|authorize)\/?$/

class Oauth2 {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #sealer: TokenSealer
  readonly #grants: Grants

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#sealer = new TokenSealer([config.token_secret, ...(config.former_token_secret === null ? [] : [config.former_token_secret])])
    const store = config.redis.host === null ? null : environment.redis(redisSettings(config.redis))
    this.#grants = new Grants(config, environment, { sealer: this.#sealer, used: new UsedOnce(store, environment, config.refresh_token_ttl * 1000) })
  }

  onRequest(exchange: PluginExchange): MaybePromise<Outcome> {
    exchange.requestHeaders.remove(SCOPE_HEADER)
    exchange.requestHeaders.remove(USER_HEADER)
    const endpoint = ENDPOINT.exec(exchange.path)?.[1]
    if (endpoint !== undefined) return this.#serve(exchange, endpoint)
    if (this.#authentication.isSettled(exchange)) return undefined
    const { auth_header_name: header, hide_credentials: hides } = this.#config
    const token = tokenInHead(exchange, header, hides)
    if (token !== null) return this.#admit(exchange, token)
    if (mayBeInForm(exchange)) return tokenInForm(exchange, hides).then((found) => (found === null ? this.#missing(exchange) : this.#admit(exchange, found)))
    return this.#missing(exchange)
  }

  async #serve(exchange: PluginExchange, endpoint: string): Promise<PluginReply> {
    try {
      if (exchange.method !== 'POST') throw new OauthError('invalid_method', `The HTTP method ${exchange.method} is invalid for the ${endpoint} endpoint`, 405)
      if (!this.#isSecure(exchange)) throw new OauthError('access_denied', 'You must use HTTPS')
      const given = await parametersOf(exchange)
      if (given === null) throw new OauthError('invalid_request', 'A parameter occurs twice, or the body is too long')
      return answerOf(endpoint === 'token' ? await this.#grants.issue(exchange, given) : { redirect_uri: this.#grants.authorize(exchange, given) })
    } catch (error) {
      const reply = errorReply(error)
      if (reply === null) throw error
      return reply
    }
  }

  #isSecure(exchange: PluginExchange): boolean {
    if (exchange.scheme === 'https') return true
    return this.#config.accept_http_if_already_terminated && exchange.isPeerTrusted && exchange.requestHeaders.get('x-forwarded-proto')?.toLowerCase() === 'https'
  }

  #admit(exchange: PluginExchange, token: string): Outcome {
    const { global_credentials: isGlobal } = this.#config
    const grant = this.#sealer.open('access', token, this.#environment.clock.nowMs())
    if (grant === null) return this.#invalid(exchange)
    const isOurs = this.#grants.isOfService(grant, exchange)
    if (!isOurs && !isGlobal && grant.service === null)
      return this.#refuse(exchange, 'invalid_token', "The access token is global, but the current plugin is configured without 'global_credentials'")
    const client = this.#grants.clientOf(grant.client)
    // One that was deleted takes its tokens along.
    if (!isOurs || client === null || client.credential.id !== grant.credential) return this.#invalid(exchange)
    this.#authentication.accept(exchange, client)
    if (grant.scope !== null) exchange.requestHeaders.set(SCOPE_HEADER, grant.scope)
    if (grant.user !== null) exchange.requestHeaders.set(USER_HEADER, Buffer.from(grant.user, 'utf8').toString('latin1'))
    return undefined
  }

  #missing(exchange: PluginExchange): Outcome {
    const body = { error_description: 'The access token is missing', error: 'invalid_request' }
    return this.#authentication.refuse(exchange, { kind: 'json', status: 401, body, headers: { 'WWW-Authenticate': challenge('Bearer', this.#config.realm) } })
  }

  #invalid(exchange: PluginExchange): Outcome {
    return this.#refuse(exchange, 'invalid_token', 'The access token is invalid or has expired')
  }

  #refuse(exchange: PluginExchange, error: string, description: string): Outcome {
    const bearer = challenge('Bearer', this.#config.realm)
    const headers = { 'WWW-Authenticate': `${bearer}${this.#config.realm === null ? '' : ','} error="${error}", error_description="${description}"` }
    return this.#authentication.refuse(exchange, { kind: 'json', status: 401, body: { error_description: description, error }, headers })
  }
}

export const oauth2Handler = definePluginHandler(oauth2Schema, (config, environment) => {
  const instance = new Oauth2(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
