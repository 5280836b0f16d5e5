import type * as z from 'zod'
import { type ConsumerView, definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { aclSchema } from './schema.ts'

type Config = z.output<typeof aclSchema.config>

const CONSUMER_GROUPS = 'X-Consumer-Groups'
const AUTHENTICATED_GROUPS = 'X-Authenticated-Groups'

const UNKNOWN: PluginReply = { kind: 'error', status: 401, message: 'Unauthorized' }
const FORBIDDEN: PluginReply = { kind: 'error', status: 403, message: 'You cannot consume this service' }

/** What holds for callers with some groups: the value of the header that tells them, empty where there is nothing to tell; null where they may not pass. */
type Decision = string | null

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no field value may have.
const NO_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/

/** Names as a field value: UTF-8, one character per byte. A name that could not stand in one is left out. */
function headerOf(groups: readonly string[]): string {
  const text = groups.filter((group) => !NO_VALUE.test(group)).join(', ')
  return Buffer.from(text, 'utf8').toString('latin1')
}

class Acl {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #listed: ReadonlySet<string>
  /** Views last as long as the consumer and its groups do not change, and an instance as long as no group is renamed. */
  readonly #decisions = new WeakMap<ConsumerView, Decision>()

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#listed = new Set(config.allow ?? config.deny)
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined {
    const { consumer, credential, requestHeaders } = exchange
    // Whatever a caller says of its groups never reaches the upstream, also where nothing is said in its place.
    requestHeaders.remove(CONSUMER_GROUPS)
    requestHeaders.remove(AUTHENTICATED_GROUPS)
    const authenticated = this.#authenticatedGroups(exchange)
    if (authenticated === null && consumer === null) return credential === null ? UNKNOWN : FORBIDDEN
    const decision = authenticated === null ? this.#decisionFor(consumer as ConsumerView) : this.#decide(authenticated)
    if (decision === null) return FORBIDDEN
    if (decision !== '' && !this.#config.hide_groups_header) requestHeaders.set(authenticated === null ? CONSUMER_GROUPS : AUTHENTICATED_GROUPS, decision)
    return undefined
  }

  /** Groups that authentication named, where they count: of callers who are no consumer here, or an anonymous one, or by configuration of all. */
  #authenticatedGroups({ authenticatedGroups, consumer, credential }: PluginExchange): readonly string[] | null {
    return consumer === null || credential === null || this.#config.always_use_authenticated_groups ? authenticatedGroups : null
  }

  #decisionFor(consumer: ConsumerView): Decision {
    const known = this.#decisions.get(consumer)
    if (known !== undefined) return known
    const named = this.#config.include_consumer_groups ? consumer.groups.flatMap((id) => this.#environment.credentials.groupName(id) ?? []) : []
    const decision = this.#decide([...new Set([...consumer.acl_groups, ...named])])
    this.#decisions.set(consumer, decision)
    return decision
  }

  #decide(groups: readonly string[]): Decision {
    const isListed = groups.some((group) => this.#listed.has(group))
    return isListed === (this.#config.allow !== null) ? headerOf(groups) : null
  }
}

export const aclHandler = definePluginHandler(aclSchema, (config, environment) => {
  const instance = new Acl(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
