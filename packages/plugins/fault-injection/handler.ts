import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { faultInjectionSchema } from './schema.ts'

type Config = z.output<typeof faultInjectionSchema.config>

class FaultInjection {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #abort: PluginReply | undefined
  #delayed = 0

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#abort = config.abort_status === null ? undefined : { kind: 'error', status: config.abort_status, message: config.abort_message }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    const { delay, delay_percentage, abort_percentage, max_delayed } = this.#config
    if (!this.#isMeant(exchange)) return undefined
    // The two are drawn apart: of 50 % and 50 % a quarter of the requests get both.
    const isDelayed = delay !== null && this.#isDrawn(delay_percentage) && this.#delayed < max_delayed
    const abort = this.#abort !== undefined && this.#isDrawn(abort_percentage) ? this.#abort : undefined
    if (isDelayed || abort !== undefined) exchange.log.fault = [isDelayed ? 'delay' : '', abort === undefined ? '' : 'abort'].filter((name) => name !== '').join()
    return isDelayed ? this.#hold(delay, abort) : abort
  }

  #isMeant({ requestHeaders }: PluginExchange): boolean {
    const { header_name, header_value } = this.#config
    if (header_name === null) return true
    return header_value === null ? requestHeaders.has(header_name) : requestHeaders.get(header_name) === header_value
  }

  #isDrawn(percentage: number): boolean {
    return percentage === 100 || this.#environment.random() * 100 < percentage
  }

  #hold(delayMs: number, reply: PluginReply | undefined): Promise<PluginReply | undefined> {
    this.#delayed += 1
    return new Promise((resolve) => {
      setTimeout(() => {
        this.#delayed -= 1
        resolve(reply)
      }, delayMs)
    })
  }
}

export const faultInjectionHandler = definePluginHandler(faultInjectionSchema, (config, environment) => {
  const instance = new FaultInjection(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
