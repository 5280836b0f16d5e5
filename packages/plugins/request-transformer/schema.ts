import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { type EntryCheck, entryList, headerCheck, named, paired } from '../transformer-entries.ts'
import { parseTemplate } from './template.ts'

const WRITTEN_BY_NODE =
  /^(?:via|x-forwarded-(?:for|proto|host|port|path|prefix)|x-real-ip|x-sluice-request-id|x-consumer-(?:id|custom-id|username)|x-credential-identifier|x-anonymous-consumer)$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 forbids control bytes in a field value, all but the tab.
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/

const headerProblem = headerCheck('request', { byNode: WRITTEN_BY_NODE, ofConnection: ['expect'] })

const valued: EntryCheck = (name, value, entry) => {
  const problem = paired(name, value, entry)
  if (problem !== null) return problem
  const result = parseTemplate(value)
  return result.ok ? null : result.problem
}
const headerNamed: EntryCheck = (name) => headerProblem(name)
const headerValued: EntryCheck = (name, value, entry) =>
  headerProblem(name) ?? (FORBIDDEN_IN_VALUE.test(value) ? 'has a control character in its value' : valued(name, value, entry))
const headerRenamed: EntryCheck = (name, value, entry) => paired(name, value, entry) ?? headerProblem(name) ?? headerProblem(value)

function section(checks: { headers: EntryCheck; other: EntryCheck }, what: string) {
  return {
    headers: entryList(checks.headers, 'Headers', `Headers that are ${what}.`),
    querystring: entryList(checks.other, 'Query', `Arguments of the query that are ${what}.`),
    body: entryList(checks.other, 'Body', `Fields of a form, or members of a JSON object at its top, that are ${what}.`),
  }
}

const NAMES = { headers: headerNamed, other: named }
const PAIRS = { headers: headerValued, other: valued }

const uri = z
  .string()
  .min(1)
  .max(1024)
  .superRefine((text, context) => {
    const result = parseTemplate(text)
    const issue = (message: string) => context.addIssue({ code: 'custom', message })
    if (!result.ok) issue(result.problem)
    const fixed = text.replaceAll(/\$\([^)]*\)/g, '')
    if (!text.startsWith('/') && !text.startsWith('$(')) issue('must start with / or a template')
    if (/[?#]/.test(fixed)) issue('is the path alone: arguments are set by querystring')
    if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(fixed)) issue('may not have . and .. as parts')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: neither is one of a path.
    if (/[\x00-\x20\x7f]/.test(fixed) || /%(?![0-9a-fA-F]{2})/.test(fixed)) issue('has a character that a path cannot have')
  })
  .nullable()
  .default(null)
  .meta({ title: 'Path', description: 'The whole path upstream, instead of what route and service make of it.' })

export const requestTransformerSchema = definePluginSchema({
  name: 'request-transformer',
  title: 'Request transformer',
  category: 'transformation',
  summary: 'Changes method, path, headers, query and body of a request before it goes upstream.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    http_method: z
      .string()
      .max(32)
      .regex(/^[A-Z][A-Z_-]*$/, { error: 'must be a method in capitals' })
      .refine((method) => method !== 'HEAD', { error: 'HEAD cannot be set: the answer would have no content for a client that waits for it' })
      .refine((method) => !['CONNECT', 'TRACE'].includes(method), { error: 'CONNECT and TRACE are never sent upstream' })
      .nullable()
      .default(null)
      .meta({ title: 'Method', description: 'Method upstream, whatever the client sent.' }),
    remove: z.strictObject(section(NAMES, 'removed')).prefault({}).meta({ title: 'Remove', description: 'First: what is taken away, by name.' }),
    rename: z
      .strictObject(section({ headers: headerRenamed, other: paired }, 'renamed'))
      .prefault({})
      .meta({ title: 'Rename', description: 'Second: old:new, where the old one is there.' }),
    replace: z
      .strictObject({ uri, ...section(PAIRS, 'replaced') })
      .prefault({})
      .meta({ title: 'Replace', description: 'Third: name:value, only where the name is there.' }),
    add: z.strictObject(section(PAIRS, 'added')).prefault({}).meta({ title: 'Add', description: 'Fourth: name:value, only where the name is not there.' }),
    append: z.strictObject(section(PAIRS, 'appended')).prefault({}).meta({ title: 'Append', description: 'Last: name:value, beside what is there.' }),
    max_body_size: z
      .int()
      .min(0)
      .max(16_777_216)
      .default(1_048_576)
      .meta({ title: 'Largest body', description: 'Longer bodies are refused where the body is to be changed. An addition of Sluice.', unit: 'B' }),
  }),
})
