import * as z from 'zod'
import { redisProblem, redisWithTimeouts } from '../redis-fields.ts'
import { strategyField } from './store-fields.ts'

/** Fields of the plugins that count in windows of any length: rate-limiting-advanced and service-protection. */

const LIMITS_MAX = 8

/** Only as Kong has it by itself: there is one table for all counters. */
const dictionary = (name: string) =>
  z
    .literal(name, { error: `cannot be chosen: counters of a node are in one table (SLUICE_COUNTER_SLOTS), so leave it out or write "${name}"` })
    .default(name)
    .meta({ readOnly: true, title: 'Dictionary', description: 'Of Kong, and without meaning here.' })

const sizes = (max: number) => z.array(z.int().min(1).max(max)).min(1).max(LIMITS_MAX)

export const windowFields = {
  limit: sizes(4_000_000_000).meta({ title: 'Limits', description: 'Requests for each of the windows, in their order.', unit: 'requests' }),
  window_size: sizes(31_536_000).meta({ title: 'Windows', description: 'Length of each window.', unit: 's' }),
  window_type: z.enum(['sliding', 'fixed', 'gcra']).default('sliding').meta({
    title: 'Window type',
    description: 'sliding weighs the window before in; fixed starts each window at zero; gcra, an addition of Sluice, spreads the requests evenly and lets a burst through.',
  }),
  burst: sizes(4_000_000_000)
    .nullable()
    .default(null)
    .meta({ title: 'Bursts', description: 'For gcra: requests that may come at once, for each of the limits. Unset: as many as the limits.', unit: 'requests' }),
  strategy: strategyField,
  sync_rate: z.number().min(-1).max(3_600).nullable().default(null).meta({
    title: 'Sync rate',
    description: 'For strategy redis: 0 asks Redis for each request; from 0.02 on nodes count by themselves and exchange counters so often.',
    unit: 's',
  }),
  redis: redisWithTimeouts('strategy redis'),
  namespace: z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .meta({ title: 'Namespace', description: 'Plugins with the same one share their counters. Unset: each has its own.' }),
  disable_penalty: z
    .boolean()
    .default(false)
    .meta({ title: 'Disable penalty', description: 'Do not count refused requests. Off: in sliding windows they count too, so who keeps asking stays out.' }),
  dictionary_name: dictionary('kong_rate_limiting_counters'),
  lock_dictionary_name: dictionary('kong_locks'),
  hide_client_headers: z.boolean().default(false).meta({ title: 'Hide client headers', description: 'Send no X-RateLimit, RateLimit and Retry-After headers.' }),
  retry_after_jitter_max: z
    .int()
    .min(0)
    .max(86_400)
    .default(0)
    .meta({ title: 'Retry-After jitter', description: 'Up to so many seconds more, at random, in Retry-After, so that callers do not come back all at once.', unit: 's' }),
  error_code: z.int().min(100).max(599).default(429).meta({ title: 'Error status', description: 'Status of a refusal.' }),
  error_message: z.string().max(1024).default('API rate limit exceeded').meta({ title: 'Error message', description: 'Text of a refusal.' }),
}

export type WindowConfig = { [Name in keyof typeof windowFields]: z.output<(typeof windowFields)[Name]> }

interface Problem {
  path: string[]
  message: string
}

function storeProblem({ strategy, sync_rate, window_type, redis }: WindowConfig): Problem | null {
  const at = (message: string): Problem => ({ path: ['sync_rate'], message })
  if (strategy === 'local') return sync_rate === null || sync_rate === -1 ? null : at('can only be used with strategy redis')
  if (sync_rate === null) return at('is needed with strategy redis: 0 to ask Redis for each request, or from 0.02 s on how often nodes exchange their counters')
  if (sync_rate < 0) return at('-1 would keep the counters in each node: use strategy local for that')
  if (sync_rate > 0 && sync_rate < 0.02) return at('must be 0, or 0.02 and more')
  if (sync_rate > 0 && window_type === 'gcra') return at('must be 0 with gcra: it has no counts that nodes could exchange')
  const problem = redisProblem(redis)
  return problem === null ? null : { path: ['redis', problem.path], message: problem.message }
}

/** What contradicts in a configuration, for `superRefine`. */
export function windowProblems(config: WindowConfig): Problem[] {
  const { limit, window_size, window_type, burst } = config
  const problems: Problem[] = []
  if (limit.length !== window_size.length) problems.push({ path: ['window_size'], message: 'You must provide the same number of windows and limits' })
  if (new Set(window_size).size !== window_size.length) problems.push({ path: ['window_size'], message: 'names a window twice' })
  if (burst !== null && window_type !== 'gcra') problems.push({ path: ['burst'], message: 'can only be used with window_type gcra' })
  if (burst !== null && burst.length !== limit.length) problems.push({ path: ['burst'], message: 'must have as many entries as limit' })
  const store = storeProblem(config)
  return store === null ? problems : [...problems, store]
}
