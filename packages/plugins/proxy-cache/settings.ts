import type * as z from 'zod'
import type { CACHE_METHODS, proxyCacheSchema } from './schema.ts'

export type CacheConfig = z.output<typeof proxyCacheSchema.config>
export type CacheMethod = (typeof CACHE_METHODS)[number]

interface MediaType {
  type: string
  subtype: string
  /** Parameters in one form, sorted. */
  parameters: string
}

function mediaType(text: string): MediaType {
  const [essence = '', ...parameters] = text.split(';')
  const [type = '', subtype = ''] = essence.trim().toLowerCase().split('/')
  const plain = parameters
    .map((parameter) =>
      parameter
        .trim()
        .toLowerCase()
        .replaceAll(/\s*=\s*"?([^"]*)"?$/g, '=$1'),
    )
    .filter((parameter) => parameter !== '')
    .sort()
  return { type, subtype, parameters: plain.join(';') }
}

/** A configuration as requests ask it. */
export interface CacheSettings extends CacheConfig {
  methods: ReadonlySet<string>
  statuses: ReadonlySet<number>
  varyHeaders: readonly string[]
  varyQuery: ReadonlySet<string> | null
  /** Whether an answer with this Content-Type may be kept; null for one without. */
  takesType(contentType: string | null): boolean
}

export function compileSettings(config: CacheConfig): CacheSettings {
  const wanted = config.content_type.map(mediaType)
  const takesAny = wanted.some(({ type, subtype }) => type === '*' && subtype === '*')
  return {
    ...config,
    methods: new Set(config.request_method),
    statuses: new Set(config.response_code),
    varyHeaders: [...new Set(config.vary_headers.map((name) => name.toLowerCase()))].sort(),
    varyQuery: config.vary_query_params.length === 0 ? null : new Set(config.vary_query_params),
    takesType: (contentType) => {
      if (takesAny) return true
      if (contentType === null) return false
      const given = mediaType(contentType)
      return wanted.some(({ type, subtype, parameters }) => type === given.type && (subtype === '*' || (subtype === given.subtype && parameters === given.parameters)))
    },
  }
}
