import type { PluginReply } from '@sluice/plugins/contract'
import type { Exchange } from '../exchange/exchange.ts'
import type { ChainPlugin, PluginChains } from './compiled.ts'

export interface RequestPhaseResult {
  reply: PluginReply | null
  /** The plugin that threw, with what it threw. */
  failure: { plugin: ChainPlugin; error: unknown } | null
  /** The chain whose response phase runs. */
  chain: readonly ChainPlugin[]
}

const ended = (chain: readonly ChainPlugin[], reply: PluginReply | null, failure: RequestPhaseResult['failure'] = null): RequestPhaseResult => ({ reply, failure, chain })

/**
 * Runs the request phase in order of priority; waits only where a plugin does. When an authentication plugin finds the consumer, plugins of
 * lower priority are taken from the consumer's chain from there on; those before it never see consumer scopes, as in Kong.
 */
export function runRequestPhase(exchange: Exchange, chains: PluginChains): RequestPhaseResult | Promise<RequestPhaseResult> {
  return new RequestPhase(exchange, chains).run()
}

class RequestPhase {
  readonly #exchange: Exchange
  readonly #chains: PluginChains
  #chain: readonly ChainPlugin[]
  #consumer
  #index = 0

  constructor(exchange: Exchange, chains: PluginChains) {
    this.#exchange = exchange
    this.#chains = chains
    this.#chain = chains.base
    this.#consumer = exchange.consumer
  }

  run(): RequestPhaseResult | Promise<RequestPhaseResult> {
    while (this.#index < this.#chain.length) {
      const plugin = this.#chain[this.#index] as ChainPlugin
      this.#index += 1
      if (plugin.instance.onRequest === undefined) continue
      try {
        const outcome = plugin.instance.onRequest(this.#exchange)
        if (outcome instanceof Promise) return this.#wait(plugin, outcome)
        if (outcome !== undefined) return ended(this.#chain, outcome)
      } catch (error) {
        return ended(this.#chain, null, { plugin, error })
      }
      this.#followConsumer(plugin)
    }
    return ended(this.#chain, null)
  }

  async #wait(plugin: ChainPlugin, outcome: Promise<PluginReply | undefined>): Promise<RequestPhaseResult> {
    try {
      const reply = await outcome
      if (reply !== undefined) return ended(this.#chain, reply)
    } catch (error) {
      return ended(this.#chain, null, { plugin, error })
    }
    this.#followConsumer(plugin)
    return this.run()
  }

  #followConsumer(plugin: ChainPlugin): void {
    const { consumer } = this.#exchange
    if (consumer === null || consumer === this.#consumer) return
    this.#consumer = consumer
    const bound = this.#chains.forConsumer(consumer)
    // Most consumers have nothing bound to them: nothing is copied for those.
    if (bound !== this.#chain) this.#chain = [...this.#chain.slice(0, this.#index), ...bound.filter((other) => comesAfter(other, plugin))]
  }
}

function comesAfter(other: ChainPlugin, plugin: ChainPlugin): boolean {
  return other.priority < plugin.priority || (other.priority === plugin.priority && other.name < plugin.name)
}
