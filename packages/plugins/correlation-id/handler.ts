import { definePluginHandler, type PluginEnvironment, type PluginExchange } from '../contract.ts'
import { correlationIdSchema } from './schema.ts'

type Generator = (exchange: PluginExchange) => string

function createGenerator(kind: 'uuid' | 'uuid#counter' | 'tracker', environment: PluginEnvironment): Generator {
  if (kind === 'uuid') return () => environment.uuid()
  if (kind === 'uuid#counter') {
    const prefix = environment.uuid()
    let counter = 0
    return () => {
      counter += 1
      return `${prefix}#${counter}`
    }
  }
  return (exchange) => {
    const { id, requests } = exchange.connection
    return `${exchange.clientIp}-${exchange.port}-${environment.node.pid}-${id}-${requests}-${(environment.clock.nowMs() / 1000).toFixed(3)}`
  }
}

export const correlationIdHandler = definePluginHandler(correlationIdSchema, (config, environment) => {
  const generate = createGenerator(config.generator, environment)
  const ids = new WeakMap<PluginExchange, string>()
  return {
    onRequest(exchange) {
      const given = exchange.requestHeaders.get(config.header_name)
      const id = given === null || given.trim() === '' ? generate(exchange) : given
      if (id !== given) exchange.requestHeaders.set(config.header_name, id)
      ids.set(exchange, id)
      exchange.log.correlation_id = id
      return undefined
    },
    onResponse(exchange) {
      if (!config.echo_downstream) return
      const id = ids.get(exchange) ?? exchange.requestHeaders.get(config.header_name) ?? generate(exchange)
      exchange.responseHeaders.set(config.header_name, id)
    },
  }
})
