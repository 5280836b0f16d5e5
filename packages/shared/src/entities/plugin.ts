import * as z from 'zod'
import { reference, tags, utf8Name } from './fields.ts'

export const PLUGIN_PROTOCOLS = ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp', 'ws', 'wss'] as const

/** A kind of behaviour bound to a scope. `config` is checked against the schema of the plugin `name`, which the caller supplies. */
export const pluginSchema = z.strictObject({
  name: z.string().min(1).max(128).meta({ title: 'Plugin', description: 'Which behaviour.' }),
  instance_name: utf8Name.nullable().default(null).meta({ title: 'Instance name', description: 'Unique in the workspace.' }),
  service: reference.nullable().default(null).meta({ title: 'Service', description: 'Runs for this service only.' }),
  route: reference.nullable().default(null).meta({ title: 'Route', description: 'Runs for this route only.' }),
  consumer: reference.nullable().default(null).meta({ title: 'Consumer', description: 'Runs for this consumer only.' }),
  consumer_group: reference.nullable().default(null).meta({ title: 'Consumer group', description: 'Runs for members of this group only.' }),
  config: z.record(z.string(), z.json()).default({}).meta({ title: 'Configuration', description: 'What the plugin does.' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled', description: 'A disabled plugin does not run.' }),
  protocols: z.array(z.enum(PLUGIN_PROTOCOLS)).min(1).default(['grpc', 'grpcs', 'http', 'https']).meta({ title: 'Protocols', description: 'Requests it runs for.' }),
  tags,
})
export type Plugin = z.infer<typeof pluginSchema>
