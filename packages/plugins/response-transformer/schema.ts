import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { ENTRIES_MAX, type EntryCheck, entryList, headerCheck, named, paired, splitEntry } from '../transformer-entries.ts'
import { typedValue, VALUE_TYPES } from './typed-value.ts'

const WRITTEN_BY_NODE = /^(?:via|x-sluice-(?:request-id|upstream-latency|proxy-latency|response-latency))$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5: no control bytes but the tab, and no character that is no byte.
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/

const headerProblem = headerCheck('answer', { byNode: WRITTEN_BY_NODE })

const headerNamed: EntryCheck = (name) => headerProblem(name)
const headerValued: EntryCheck = (name, value, entry) =>
  paired(name, value, entry) ?? headerProblem(name) ?? (FORBIDDEN_IN_VALUE.test(value) ? 'has a character that a header cannot have' : null)
const headerRenamed: EntryCheck = (name, value, entry) => paired(name, value, entry) ?? headerProblem(name) ?? headerProblem(value)

const json = (check: EntryCheck, what: string) => entryList(check, 'JSON', `Members at the top of a JSON object that are ${what}.`)
const headers = (check: EntryCheck, what: string) => entryList(check, 'Headers', `Headers that are ${what}.`)

function typed(what: string) {
  return z
    .strictObject({
      headers: headers(headerValued, what),
      json: json(paired, what),
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
      .strictObject({ headers: headers(headerRenamed, 'renamed'), json: json(paired, 'renamed') })
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
