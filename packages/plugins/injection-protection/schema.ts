import { regexProblem } from '@sluice/shared/routing/regex'
import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

export const INJECTION_TYPES = [
  'sql',
  'sql_low_sensitivity',
  'js',
  'ssi',
  'xpath_abbreviated',
  'xpath_extended',
  'java_exception',
  'path_traversal',
  'command',
  'template',
  'header',
] as const
export type InjectionType = (typeof INJECTION_TYPES)[number]

/** Parts of a request that are looked at; what `locations` names is one or several of these. */
export const PLACES = ['path', 'query', 'headers', 'cookies', 'body'] as const
export type PlaceName = (typeof PLACES)[number]

const types = z.array(z.enum(INJECTION_TYPES)).max(INJECTION_TYPES.length)

const custom = z.strictObject({
  name: z.string().min(1).max(128).meta({ title: 'Name', description: 'What the log calls it.' }),
  regex: z
    .string()
    .min(1)
    .superRefine((pattern, context) => {
      const problem = regexProblem(pattern)
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
    .meta({ title: 'Expression', description: 'In RE2 syntax; matches anywhere in a value.' }),
})

const exception = z.strictObject({
  location: z.enum(PLACES).meta({ title: 'Location', description: 'Part of the request.' }),
  name: z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .meta({ title: 'Name', description: 'Of an argument, header, cookie, form field or JSON member; without one all of the location.' }),
  types: types.default([]).meta({ title: 'Kinds', description: 'What is not looked for there; empty: nothing is.' }),
})

export const injectionProtectionSchema = definePluginSchema({
  name: 'injection-protection',
  title: 'Injection protection',
  category: 'protection',
  summary: 'Refuses requests that bring code for a database, a browser, a shell or a template, in whatever encoding.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      injection_types: types.default(['sql']).meta({ title: 'Kinds', description: 'What is looked for.' }),
      locations: z
        .array(z.enum(['body', 'headers', 'path', 'path_and_query', 'query', 'cookies']))
        .min(1)
        .max(6)
        .default(['path_and_query'])
        .meta({ title: 'Locations', description: 'Where it is looked for. Headers are those without cookies.' }),
      custom_injections: z.array(custom).max(64).default([]).meta({ title: 'Own expressions', description: 'Looked for beside the kinds above.' }),
      exceptions: z.array(exception).max(256).default([]).meta({ title: 'Exceptions', description: 'Values that may have what looks like an attack. An addition of Sluice.' }),
      enforcement_mode: z
        .enum(['block', 'log_only'])
        .default('block')
        .meta({ title: 'Mode', description: 'What happens to a request that brings an attack: it is refused, or goes on and is logged.' }),
      error_status_code: z.int().min(400).max(499).default(400).meta({ title: 'Status', description: 'Of a refusal.' }),
      error_message: z.string().max(1_024).default('Bad Request').meta({ title: 'Message', description: 'Of a refusal.' }),
      max_body_size: z
        .int()
        .min(0)
        .max(16_777_216)
        .default(1_048_576)
        .meta({ title: 'Largest body', description: 'Longer bodies are refused where bodies are looked at. An addition of Sluice.', unit: 'B' }),
    })
    .superRefine(({ injection_types, custom_injections }, context) => {
      if (injection_types.length === 0 && custom_injections.length === 0)
        context.addIssue({ code: 'custom', path: ['injection_types'], message: 'there must be a kind or an expression of your own: nothing would be looked for' })
    }),
})
