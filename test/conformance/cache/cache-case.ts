/** A field of a message. A number stands for the HTTP date so many seconds from now. */
export type FieldOf = readonly [name: string, value: string | number]

export interface CacheStep {
  request?: { method?: string; path?: string; headers?: readonly FieldOf[]; body?: string }
  /** What the upstream answers where it is asked. */
  answer?: {
    status?: number
    headers?: readonly FieldOf[]
    body?: string
    /** The connection ends in the middle of the answer, or before there is one. */
    breaksOff?: 'in-body' | 'at-once'
    interim?: 103
  }
  expect: {
    /** Whether the upstream is asked: not at all, for the whole, with a condition, or beside an answer that came from the cache. */
    from: 'cache' | 'origin' | 'validation' | 'background'
    /** The answer breaks off. */
    isCut?: true
    status?: number
    body?: string
    headers?: Readonly<Record<string, string | RegExp>>
    absent?: readonly string[]
    /** Fields that the upstream is asked with; null for none. */
    sent?: Readonly<Record<string, string | null>>
  }
}

/** One behaviour of a shared cache, through a node: requests in turn, with what the upstream answers and where the answer must come from. */
export interface CacheCase {
  about: string
  /** Over the usual configuration. */
  config?: Readonly<Record<string, unknown>>
  steps: readonly CacheStep[]
}

export type FieldsOf = readonly FieldOf[]

/** The first request, whose answer has these fields. */
export const kept = (headers: FieldsOf, more: Partial<NonNullable<CacheStep['answer']>> = {}, request: CacheStep['request'] = {}): CacheStep => ({
  request,
  answer: { headers, body: 'first', ...more },
  expect: { from: 'origin' },
})

/** A request that the cache answers with the first answer. */
export const reused = (request: CacheStep['request'] = {}, expect: Partial<CacheStep['expect']> = {}): CacheStep => ({
  request,
  expect: { from: 'cache', body: 'first', ...expect },
})

/** A request that goes upstream and gets what is there now. */
export const asked = (request: CacheStep['request'] = {}, expect: Partial<CacheStep['expect']> = {}, answer: CacheStep['answer'] = {}): CacheStep => ({
  request,
  answer: { body: 'second', ...answer },
  expect: { from: 'origin', body: 'second', ...expect },
})

/** Two requests, of which the second is answered by the cache. */
export const reuses = (about: string, headers: FieldsOf, more: Partial<NonNullable<CacheStep['answer']>> = {}): CacheCase => ({ about, steps: [kept(headers, more), reused()] })

/** Two requests that both go upstream. */
export const asksAgain = (about: string, headers: FieldsOf, more: Partial<NonNullable<CacheStep['answer']>> = {}): CacheCase => ({ about, steps: [kept(headers, more), asked()] })
