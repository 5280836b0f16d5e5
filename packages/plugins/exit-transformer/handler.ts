import type * as z from 'zod'
import { definePluginHandler, type GatewayReply, type PluginExchange, type ReplyChange } from '../contract.ts'
import { splitEntry } from '../transformer-entries.ts'
import { preferred } from './accept.ts'
import { exitTransformerSchema } from './schema.ts'
import { type Escaping, escapingOf, parseTemplate, renderTemplate, type Template } from './template.ts'

type Config = z.output<typeof exitTransformerSchema.config>

interface Body {
  contentType: string
  escaping: Escaping
  template: Template
  status: number | null
  headers: readonly [string, string][]
}

class ExitTransformer {
  /** Templates by `404`, `4xx` and `any`, each in the order in which they were written. */
  readonly #bodies = new Map<string, Body[]>()
  readonly #handlesUnknown: boolean
  readonly #handlesUnexpected: boolean

  constructor(config: Config) {
    this.#handlesUnknown = config.handle_unknown
    this.#handlesUnexpected = config.handle_unexpected
    for (const { statuses, content_type, body, status, headers } of config.templates) {
      const made: Body = {
        contentType: content_type,
        escaping: escapingOf(content_type),
        template: parseTemplate(body),
        status,
        headers: headers.map((entry): [string, string] => {
          const { name, value } = splitEntry(entry)
          return [name, value.trim()]
        }),
      }
      for (const key of new Set(statuses)) this.#bodies.set(key, [...(this.#bodies.get(key) ?? []), made])
    }
  }

  onReply(exchange: PluginExchange, reply: GatewayReply): ReplyChange | undefined {
    if (reply.status < 400 || (reply.origin === 'no_route' && !this.#handlesUnknown) || (reply.origin === 'unexpected' && !this.#handlesUnexpected)) return undefined
    const bodies = this.#bodies.get(String(reply.status)) ?? this.#bodies.get(reply.status < 500 ? '4xx' : '5xx') ?? this.#bodies.get('any')
    if (bodies === undefined) return undefined
    const index =
      bodies.length === 1
        ? 0
        : preferred(
            bodies.map(({ contentType }) => contentType),
            exchange.requestHeaders.get('accept'),
          )
    const { contentType, escaping, template, status, headers } = bodies[index] as Body
    const values = {
      status: String(status ?? reply.status),
      reason: reply.reason,
      message: reply.message ?? reply.reason,
      request_id: exchange.id,
      method: exchange.method,
      path: Buffer.from(exchange.path, 'latin1').toString('utf8'),
      host: exchange.host,
      route: exchange.route.name ?? exchange.route.id,
      service: exchange.service?.name ?? exchange.service?.id ?? '',
    }
    return { status: status ?? reply.status, contentType, body: renderTemplate(template, values, escaping), headers }
  }
}

export const exitTransformerHandler = definePluginHandler(exitTransformerSchema, (config) => {
  const instance = new ExitTransformer(config)
  return { onReply: (exchange, reply) => instance.onReply(exchange, reply) }
})
