import type { ConsumerView, PluginReply } from '@sluice/plugins/contract'
import { describe, expect, test } from 'vitest'
import { exchangeFixture } from '../exchange/testing/exchange.ts'
import type { ChainPlugin, PluginChains } from './compiled.ts'
import { runRequestPhase } from './request-phase.ts'

const ANNA: ConsumerView = { id: 'anna', username: 'anna', custom_id: null, acl_groups: [], groups: [] }

/** A plugin that writes its name down, and then does what it is told. */
function plugin(
  name: string,
  priority: number,
  order: string[],
  act: (exchange: ReturnType<typeof exchangeFixture>) => PluginReply | undefined | Promise<PluginReply | undefined> = () => undefined,
): ChainPlugin {
  return {
    name,
    id: name,
    priority,
    instance: {
      onRequest(exchange) {
        order.push(name)
        return act(exchange as ReturnType<typeof exchangeFixture>)
      },
    },
  }
}

const chainsOf = (base: ChainPlugin[], forAnna: ChainPlugin[] = base): PluginChains => ({ base, forConsumer: () => forAnna })
const REPLY: PluginReply = { kind: 'raw', status: 403, body: null, contentType: null }

describe('the request phase', () => {
  test('runs plugins in their order, waiting for those that wait', async () => {
    const order: string[] = []
    const slow = plugin('b', 2, order, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push('b ended')
      return undefined
    })
    const result = await runRequestPhase(exchangeFixture(), chainsOf([plugin('a', 3, order), slow, plugin('c', 1, order)]))
    expect(order).toEqual(['a', 'b', 'b ended', 'c'])
    expect(result).toMatchObject({ reply: null, failure: null })
  })

  test('ends with the first reply; the answer still passes the whole chain', async () => {
    const order: string[] = []
    const result = await runRequestPhase(exchangeFixture(), chainsOf([plugin('a', 3, order), plugin('b', 2, order, () => REPLY), plugin('c', 1, order)]))
    expect(order).toEqual(['a', 'b'])
    expect(result.reply).toBe(REPLY)
    expect(result.chain.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ] as const)('names the plugin that %s, and runs none after it', async (_, act) => {
    const order: string[] = []
    const result = await runRequestPhase(exchangeFixture(), chainsOf([plugin('a', 2, order, act), plugin('b', 1, order)]))
    expect(order).toEqual(['a'])
    expect(result.failure?.plugin.name).toBe('a')
    expect(String(result.failure?.error)).toBe('Error: broken')
  })

  test('goes on with the consumer’s plugins below the authentication that found it, and never runs those above again', async () => {
    const order: string[] = []
    const auth = plugin('auth', 1_250, order, (exchange) => {
      exchange.consumer = ANNA
      return undefined
    })
    const base = [plugin('cors', 2_000, order), auth, plugin('limit', 910, order), plugin('end', 2, order)]
    const forAnna = [plugin('cors of anna', 2_000, order), auth, plugin('limit of anna', 910, order), plugin('end', 2, order)]
    const result = await runRequestPhase(exchangeFixture(), chainsOf(base, forAnna))
    expect(order).toEqual(['cors', 'auth', 'limit of anna', 'end'])
    expect(result.chain.map(({ name }) => name)).toEqual(['cors', 'auth', 'limit of anna', 'end'])
  })

  test('with nothing bound to the consumer the chain stays the same one', async () => {
    const base = [
      plugin('auth', 1_250, [], (exchange) => {
        exchange.consumer = ANNA
        return undefined
      }),
    ]
    expect((await runRequestPhase(exchangeFixture(), chainsOf(base))).chain).toBe(base)
  })
})
