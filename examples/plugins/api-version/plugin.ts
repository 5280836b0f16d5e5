import { definePlugin, definePluginSchema, type PluginReply } from '@sluice/plugin-sdk'
import * as z from 'zod'

/** Callers say which version of an API they speak. Old ones are refused, those that end soon are told when (RFC 8594). */

const schema = definePluginSchema({
  name: 'api-version',
  title: 'API version',
  category: 'traffic',
  summary: 'Refuses requests for versions of an API that are gone, and announces the end of others.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    header: z.string().min(1).max(128).default('X-Api-Version').meta({ title: 'Header', description: 'In which the caller says its version.' }),
    versions: z.array(z.string().min(1)).min(1).meta({ title: 'Versions', description: 'Those that are served; the first is that of callers that name none.' }),
    sunset: z.record(z.string(), z.iso.date()).default({}).meta({ title: 'Sunset', description: 'Versions that end, with the day: 2027-01-31.' }),
  }),
})

export default definePlugin({
  schema,
  // Behind authentication and limits, before the request is transformed.
  priority: 860,
  create(config, environment) {
    const served = new Set(config.versions)
    const [usual = ''] = config.versions
    const sunset = new Map(Object.entries(config.sunset).map(([version, day]) => [version, new Date(`${day}T00:00:00Z`).toUTCString()]))
    const refusal: PluginReply = { kind: 'json', status: 400, body: { message: `${config.header} must be one of ${config.versions.join(', ')}` } }

    return {
      onRequest(exchange) {
        const version = exchange.requestHeaders.get(config.header) ?? usual
        if (!served.has(version)) return refusal
        exchange.requestHeaders.set(config.header, version)
        exchange.log.api_version = version
        const end = sunset.get(version)
        if (end === undefined) return undefined
        exchange.responseHeaders.set('Sunset', end)
        if (environment.clock.nowMs() > Date.parse(end)) environment.log('warn', 'a version is used that has ended', { version, client: exchange.clientIp })
        return undefined
      },
    }
  },
})
