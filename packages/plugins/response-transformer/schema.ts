import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { splitEntry, typedValue, VALUE_TYPES } from './entries.ts'

/** Entries of one list, and characters of one entry. */
const ENTRIES_MAX = 256
const ENTRY_LENGTH_MAX = 4_096

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/
const FRAMING = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te|trailer|content-length)$/i
const WRITTEN_BY_NODE = /^(?:via|x-sluice-(?:request-id|upstream-latency|proxy-latency|response-latency))$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5: no control bytes but the tab, and no character that is no byte.
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/

function headerProblem(name: string): string | null {
  if (!HEADER_NAME.test(name)) return `"${name}" is no header name`
  if (FRAMING.test(name)) return `${name} belongs to the connection: it follows from the answer and cannot be set`
  return WRITTEN_BY_NODE.test(name) ? `the node itself writes ${name} after all plugins` : null
}

type Check = (name: string, value: string, entry: string) => string | null

const named: Check = (name) => (name === '' ? 'has no name' : null)
const valued: Check = (name, value, entry) => (name === '' || value === '' ? `key '${entry}' has no value` : null)
const headerNamed: Check = (name) => headerProblem(name)
const headerValued: Check = (name, value, entry) =>
  valued(name, value, entry) ?? headerProblem(name) ?? (FORBIDDEN_IN_VALUE.test(value) ? 'has a character that a header cannot have' : null)
const headerRenamed: Check = (name, value, entry) => valued(name, value, entry) ?? headerProblem(name) ?? headerProblem(value)

function entries(check: Check, title: string, description: string) {
  const entry = z
    .string()
    .min(1)
    .max(ENTRY_LENGTH_MAX)
    .superRefine((text, context) => {
      const { name, value } = splitEntry(text)
      const problem = check(name, value, text)
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
  return z.array(entry).max(ENTRIES_MAX).default([]).meta({ title, description })
}

const json = (check: Check, what: string) => entries(check, 'JSON', `Members at the top of a JSON object that are ${what}.`)
const headers = (check: Check, what: string) => entries(check, 'Headers', `Headers that are ${what}.`)

function typed(what: string) {
  return z
    .strictObject({
      headers: headers(headerValued, what),
      json: json(valued, what),
      json_types: z
        .array(z.enum(VALUE_TYPES))
        .max(ENTRIES_MAX)
        .default([])
        .meta({ title: 'JSON types', description: 'Types of the values of the JSON list, in its order; string where there is none.' }),
    })
    .superRefine((section, context) => {
      if (section.json_types.length > section.json.length) context.addIssue({ code: 'custom', path: ['json_types'], message: 'has more types than json has entries' })
      for (const [index, type] of section.json_types.entries()) {
        const value = splitEntry(section.json[index] ?? '').value
        if (value !== '' && typedValue(value, type) === undefined) context.addIssue({ code: 'custom', path: ['json', index], message: `"${value}" is no ${type}` })
      }
    })
    .prefault({})
}

export const responseTransformerSchema = definePluginSchema({
  name: 'response-transformer',
  title: 'Response transformer',
  category: 'transformation',
  summary: 'Changes headers and JSON body of an answer before the client gets it.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    remove: z
      .strictObject({ headers: headers(headerNamed, 'removed'), json: json(named, 'removed') })
      .prefault({})
      .meta({ title: 'Remove', description: 'First: what is taken away, by name.' }),
    rename: z
      .strictObject({ headers: headers(headerRenamed, 'renamed'), json: json(valued, 'renamed') })
      .prefault({})
      .meta({ title: 'Rename', description: 'Second: old:new, where the old one is there.' }),
    replace: typed('replaced').meta({ title: 'Replace', description: 'Third: name:value, only where the name is there.' }),
    add: typed('added').meta({ title: 'Add', description: 'Fourth: name:value, only where the name is not there.' }),
    append: typed('appended').meta({ title: 'Append', description: 'Last: name:value, beside what is there.' }),
    max_body_size: z
      .int()
      .min(1)
      .max(67_108_864)
      .default(8_388_608)
      .meta({ title: 'Largest body', description: 'A longer JSON body of an upstream becomes 502. An addition of Sluice.', unit: 'B' }),
  }),
})
