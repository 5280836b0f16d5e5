import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const limit = (title: string, description: string) => z.int().min(-1).max(2_147_483_648).default(-1).meta({ title, description })

export const jsonThreatProtectionSchema = definePluginSchema({
  name: 'json-threat-protection',
  title: 'JSON threat protection',
  category: 'protection',
  summary: 'Refuses JSON bodies that are deeper, longer or fuller than they may be, while they are read.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    max_body_size: z.int().min(-1).max(2_147_483_648).default(8_192).meta({ title: 'Largest body', description: 'Of a body that is looked at; -1 for no limit.', unit: 'B' }),
    max_container_depth: limit('Depth', 'Objects and lists within each other; -1 for no limit.'),
    max_object_entry_count: limit('Members of an object', 'Of each object; -1 for no limit.'),
    max_object_entry_name_length: limit('Length of a name', 'Of a member of an object, in characters; -1 for no limit.'),
    max_array_element_count: limit('Elements of a list', 'Of each list; -1 for no limit.'),
    max_string_value_length: limit('Length of a text', 'Of a text that is a value, in characters; -1 for no limit.'),
    allow_duplicate_object_entry_name: z
      .boolean()
      .default(true)
      .meta({ title: 'Allow repeated names', description: 'An object may have the same name twice: who reads the first and who reads the last then disagree.' }),
    allow_non_json_requests: z
      .boolean()
      .default(false)
      .meta({ title: 'Allow other bodies', description: 'A body that is no JSON goes on where Content-Type does not say that it is. Off: it is refused.' }),
    enforcement_mode: z
      .enum(['block', 'log_only'])
      .default('block')
      .meta({ title: 'Mode', description: 'What happens to a request that breaks a limit: it is refused, or goes on and is logged.' }),
    error_status_code: z.int().min(400).max(499).default(400).meta({ title: 'Status', description: 'Of a refusal.' }),
    error_message: z.string().max(1_024).default('Bad Request').meta({ title: 'Message', description: 'Of a refusal.' }),
  }),
})
