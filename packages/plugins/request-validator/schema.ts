import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { parseMediaType } from './content-type.ts'
import { DRAFTS, type Draft } from './json-schema-keywords.ts'
import { jsonSchemaProblem } from './json-schema-walk.ts'
import { compileKongSchema } from './kong-schema.ts'
import { STYLES_OF } from './parameter-style.ts'

/** Characters of one schema. */
const SCHEMA_LENGTH_MAX = 262_144

export type Version = 'kong' | Draft

/** Schemas of parameters are JSON Schema also beside a body in Kong's own format: Kong reads them as draft 4. */
export const draftOfParameters = (version: Version): Draft => (version === 'kong' ? 'draft4' : version)

function schemaProblem(text: string, version: Version): string | null {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    return 'is not JSON'
  }
  if (version !== 'kong') return jsonSchemaProblem(schema, version)
  const result = compileKongSchema(schema)
  return result.ok ? null : result.problem
}

const parameter = z
  .strictObject({
    in: z.enum(['query', 'header', 'path']).meta({ title: 'In', description: 'Where the parameter is; path: a named capture of the route’s path.' }),
    name: z.string().min(1).max(256).meta({ title: 'Name', description: 'Of the parameter.' }),
    required: z.boolean().meta({ title: 'Required', description: 'A request without it is refused.' }),
    style: z
      .enum(['label', 'form', 'matrix', 'simple', 'spaceDelimited', 'pipeDelimited', 'deepObject'])
      .nullable()
      .default(null)
      .meta({ title: 'Style', description: 'How OpenAPI writes it; without one form in a query, else simple.' }),
    explode: z.boolean().nullable().default(null).meta({ title: 'Explode', description: 'Lists and objects are several parameters; without it only in the style form.' }),
    schema: z.string().max(SCHEMA_LENGTH_MAX).nullable().default(null).meta({ title: 'Schema', description: 'JSON Schema of the value, as text.', widget: 'text' }),
  })
  .superRefine(({ in: place, style }, context) => {
    if (style !== null && !STYLES_OF[place].includes(style)) context.addIssue({ code: 'custom', path: ['style'], message: `must be ${STYLES_OF[place].join(' or ')} in ${place}` })
  })

export const requestValidatorSchema = definePluginSchema({
  name: 'request-validator',
  title: 'Request validator',
  category: 'protection',
  summary: 'Refuses requests whose body, parameters or content type are not those that a schema describes.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      version: z
        .enum(['kong', ...DRAFTS])
        .default('kong')
        .meta({ title: 'Version', description: 'Of the schema of the body: Kong’s own format, or a version of JSON Schema.' }),
      body_schema: z
        .string()
        .min(1)
        .max(SCHEMA_LENGTH_MAX)
        .nullable()
        .default(null)
        .meta({ title: 'Schema of the body', description: 'As text in JSON. Bodies of JSON are held to it.', widget: 'text' }),
      parameter_schema: z.array(parameter).max(256).nullable().default(null).meta({ title: 'Parameters', description: 'Those of path, query and header that are checked.' }),
      allowed_content_types: z
        .array(
          z
            .string()
            .max(256)
            .refine((text) => parseMediaType(text) !== null, { error: 'must be a media type such as application/json' }),
        )
        .max(256)
        .default(['application/json'])
        .meta({ title: 'Content types', description: 'Those that a body may have; * stands for any type or subtype.' }),
      content_type_parameter_validation: z
        .boolean()
        .default(true)
        .meta({ title: 'Compare parameters', description: 'Parameters of Content-Type, such as charset, must be those of the list too.' }),
      verbose_response: z.boolean().default(false).meta({ title: 'Say what is wrong', description: 'A refusal names the place and the rule that was broken.' }),
      array_length_compat: z.boolean().default(true).meta({ title: 'Array length', description: 'Taken for Kong’s sake: here a list has always its own length.' }),
      max_body_size: z
        .int()
        .min(0)
        .max(16_777_216)
        .default(1_048_576)
        .meta({ title: 'Largest body', description: 'Longer bodies are refused where they are checked. An addition of Sluice.', unit: 'B' }),
    })
    .superRefine((config, context) => {
      const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
      if (config.body_schema === null && (config.parameter_schema ?? []).length === 0)
        issue(['body_schema'], 'there must be body_schema or parameter_schema: nothing would be checked')
      const problem = config.body_schema === null ? null : schemaProblem(config.body_schema, config.version)
      if (problem !== null) issue(['body_schema'], problem)
      for (const [index, { schema }] of (config.parameter_schema ?? []).entries()) {
        const wrong = schema === null ? null : schemaProblem(schema, draftOfParameters(config.version))
        if (wrong !== null) issue(['parameter_schema', index, 'schema'], wrong)
      }
    }),
})
