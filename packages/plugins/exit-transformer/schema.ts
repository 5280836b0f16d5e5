import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { type EntryCheck, entryList, headerCheck, paired } from '../transformer-entries.ts'
import { bodyProblem } from './template.ts'

const BODY_LENGTH_MAX = 65_536
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*;[\x20-\x7e]*)?$/
const WRITTEN_BY_NODE = /^(?:via|date|server|content-type|x-sluice-(?:request-id|upstream-latency|proxy-latency|response-latency))$/i

const headerProblem = headerCheck('answer', { byNode: WRITTEN_BY_NODE })
const header: EntryCheck = (name, value, entry) =>
  paired(name, value, entry) ?? headerProblem(name) ?? (/^[\t\x20-\x7e]*$/.test(value) ? null : 'has a character that is no printable ASCII in its value')

const template = z
  .strictObject({
    statuses: z
      .array(z.string().regex(/^(?:[45][0-9]{2}|[45]xx|any)$/, { error: 'must be a status from 400 to 599, 4xx, 5xx or any' }))
      .min(1)
      .max(64)
      .default(['any'])
      .meta({ title: 'Statuses', description: 'Which errors it is for: 404, 4xx, 5xx or any. The most exact one counts.' }),
    content_type: z
      .string()
      .max(256)
      .regex(MEDIA_TYPE, { error: 'must be a media type such as text/html; charset=utf-8' })
      .default('application/json; charset=utf-8')
      .meta({ title: 'Content type', description: 'Of the body. Of several templates for a status, Accept chooses.' }),
    body: z.string().max(BODY_LENGTH_MAX).meta({ title: 'Body', description: 'With {status}, {message}, {request_id} and others in it.', widget: 'text' }),
    status: z.int().min(400).max(599).nullable().default(null).meta({ title: 'New status', description: 'Instead of the one that the error has.' }),
    headers: entryList(header, 'Headers', 'name:value, set on the answer.'),
  })
  .superRefine(({ body, content_type }, context) => {
    const problem = bodyProblem(body, content_type)
    if (problem !== null) context.addIssue({ code: 'custom', path: ['body'], message: problem })
  })

export const exitTransformerSchema = definePluginSchema({
  name: 'exit-transformer',
  title: 'Exit transformer',
  category: 'transformation',
  summary: 'Gives errors of the gateway itself another body, by status and by what the client accepts.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    templates: z.array(template).min(1).max(64).meta({ title: 'Templates', description: 'Bodies, each for some statuses and one content type.' }),
    handle_unknown: z.boolean().default(false).meta({ title: 'Unknown routes', description: 'Also the 404 of a request that no route takes. Only a global plugin sees those.' }),
    handle_unexpected: z.boolean().default(false).meta({ title: 'Unexpected errors', description: 'Also the 500 of a plugin that failed.' }),
  }),
})
