import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const MEDIA_TYPE = /^[^\s/;,]+\/[^\s/;,]+\s*(?:;\s*[^\s;=]+=[^;]+)*$/
/** About 68 years, the longest that RFC 9111 1.2.2 asks a cache to tell from others. */
const SECONDS_MAX = 2_147_483_647

const seconds = (title: string, description: string) => z.int().min(0).max(SECONDS_MAX).nullable().default(null).meta({ title, description, unit: 'seconds' })
const shown = (title: string, description: string) => z.boolean().default(true).meta({ title, description })
const names = (title: string, description: string, usual: string[] = []) =>
  z
    .array(z.string().max(128).regex(TOKEN, { error: 'is no name of a header' }))
    .max(64)
    .default(usual)
    .meta({ title, description })

/** Methods whose answers may be kept. */
export const CACHE_METHODS = ['GET', 'HEAD', 'PATCH', 'POST', 'PUT'] as const

export const proxyCacheSchema = definePluginSchema({
  name: 'proxy-cache',
  title: 'Proxy cache',
  category: 'traffic',
  summary: 'Keeps answers of upstreams in memory and gives them to the next who ask: a shared cache as RFC 9111 describes it, or with one fixed time to live.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      strategy: z
        .literal('memory', { error: 'only "memory" (kept by each worker of a node) is there in this version; "redis" is not' })
        .default('memory')
        .meta({ title: 'Strategy', description: 'Where answers are kept.' }),
      cache_control: z.boolean().default(false).meta({
        title: 'Follow Cache-Control',
        description: 'Keep what the fields of requests and answers allow, as long as they allow it (RFC 9111). Off: everything, for cache_ttl.',
      }),
      cache_ttl: z
        .int()
        .min(1)
        .max(SECONDS_MAX)
        .default(300)
        .meta({ title: 'Time to live', description: 'How long an answer is fresh, where Cache-Control is not followed.', unit: 'seconds' }),
      storage_ttl: seconds('Storage time', 'How long an answer is kept at most, fresh or stale. Empty: while it is fresh; with Cache-Control followed, while there is room.'),
      request_method: z
        .array(z.enum(CACHE_METHODS))
        .min(1)
        .max(CACHE_METHODS.length)
        .default(['GET', 'HEAD'])
        .meta({ title: 'Methods', description: 'Methods whose answers are kept. HEAD is answered from an answer to GET.' }),
      response_code: z
        .array(z.int().min(200).max(599))
        .min(1)
        .max(400)
        .default([200, 301, 404])
        .meta({ title: 'Statuses', description: 'Statuses of answers that are kept. 206 and 304 never are.' }),
      content_type: z
        .array(z.string().max(255).regex(MEDIA_TYPE, { error: 'is no media type, such as application/json' }))
        .max(64)
        .default(['application/json', 'text/plain'])
        .meta({ title: 'Content types', description: 'Types of answers that are kept, with their parameters; text/* and */* stand for any.' }),
      vary_headers: names('Vary by headers', 'Headers of a request that are part of the key, besides those that Vary of an answer names.'),
      vary_query_params: z
        .array(z.string().min(1).max(255))
        .max(64)
        .default([])
        .meta({ title: 'Vary by query', description: 'Arguments of the query that are part of the key. Empty: all of them.' }),
      ignore_uri_case: z.boolean().default(false).meta({ title: 'Ignore case', description: 'Paths that differ in case alone share an answer.' }),
      response_headers: z
        .strictObject({
          age: shown('Age', 'How old a kept answer is. With Cache-Control followed it is always sent, since RFC 9111 5.1 asks for it.'),
          'X-Cache-Status': shown('X-Cache-Status', 'Hit, Miss, Refresh or Bypass.'),
          'X-Cache-Key': shown('X-Cache-Key', 'The key of the answer.'),
          'Cache-Status': shown('Cache-Status', 'What the cache did and why, as RFC 9211 writes it.'),
        })
        .prefault({})
        .meta({ title: 'Response headers', description: 'What is told to clients.' }),
      stale_while_revalidate: seconds('Stale while revalidating', 'How long a stale answer is given while a fresh one is fetched, where the answer itself does not say.'),
      stale_if_error: seconds(
        'Stale on errors',
        'How long a stale answer is given where the upstream fails or answers 500, 502, 503 or 504, where the answer itself does not say.',
      ),
      heuristic_freshness: z.boolean().default(false).meta({
        title: 'Heuristic freshness',
        description: 'With Cache-Control followed: an answer that says nothing is fresh for a tenth of the time since it was last modified, for a day at most.',
      }),
      targeted_cache_control: names(
        'Targeted Cache-Control',
        'Headers that go before Cache-Control and Expires where an answer has one (RFC 9213), the first in this list that it has.',
        ['CDN-Cache-Control'],
      ),
      collapse: z
        .boolean()
        .default(true)
        .meta({ title: 'Collapse requests', description: 'Of several requests for what is not there yet one goes upstream, and the others wait for its answer.' }),
      collapse_timeout: z
        .int()
        .min(1)
        .max(600_000)
        .default(5_000)
        .meta({ title: 'Collapse timeout', description: 'How long a request waits for another one’s answer before it goes upstream itself.', unit: 'milliseconds' }),
      bypass_on_err: z
        .boolean()
        .default(false)
        .meta({ title: 'Bypass on errors', description: 'Taken from configurations of Kong. What is kept in memory has no errors to pass by.' }),
      memory: z
        .strictObject({
          dictionary_name: z
            .string()
            .min(1)
            .max(255)
            .default('kong_db_cache')
            .meta({ title: 'Dictionary', description: 'Taken from configurations of Kong. The limits of the node say how much is kept.' }),
        })
        .prefault({})
        .meta({ title: 'Memory', description: 'For the strategy memory.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
      for (const [index, status] of config.response_code.entries())
        if (status === 206 || status === 304) issue(['response_code', index], `${status} is never kept: it is no whole answer`)
      if (config.storage_ttl !== null && !config.cache_control && config.storage_ttl < config.cache_ttl) issue(['storage_ttl'], 'is shorter than cache_ttl')
      if (config.heuristic_freshness && !config.cache_control) issue(['heuristic_freshness'], 'needs cache_control')
    }),
})
