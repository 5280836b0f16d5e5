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

/**
 * Runs the request phase in order of priority. When an authentication plugin finds the consumer, plugins of lower priority are taken
 * from the consumer's chain from there on; those before it never see consumer scopes, as in Kong.
 */
export async function runRequestPhase(exchange: Exchange, chains: PluginChains): Promise<RequestPhaseResult> {
  let chain = chains.base
  let consumer = exchange.consumer
  let index = 0
  while (index < chain.length) {
    const plugin = chain[index] as ChainPlugin
    index += 1
    if (plugin.instance.onRequest === undefined) continue
    try {
      const outcome = plugin.instance.onRequest(exchange)
      const reply = outcome instanceof Promise ? await outcome : outcome
      if (reply !== undefined) return { reply, failure: null, chain }
    } catch (error) {
      return { reply: null, failure: { plugin, error }, chain }
    }
    if (exchange.consumer !== null && exchange.consumer !== consumer) {
      consumer = exchange.consumer
      const bound = chains.forConsumer(consumer)
      // Most consumers have nothing bound to them: nothing is copied for those.
      if (bound !== chain) chain = [...chain.slice(0, index), ...bound.filter((other) => comesAfter(other, plugin))]
    }
  }
  return { reply: null, failure: null, chain }
}

function comesAfter(other: ChainPlugin, plugin: ChainPlugin): boolean {
  return other.priority < plugin.priority || (other.priority === plugin.priority && other.name < plugin.name)
}
