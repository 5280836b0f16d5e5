import * as z from 'zod'

const CLUSTER = 'must be "local" (counted on each node) or "redis" (counted for all nodes): "cluster" would count in a database of the gateway, which nodes of Sluice do not have'

/** Where counters are, as `policy` says it. */
export const policyField = z
  .enum(['local', 'redis'], { error: CLUSTER })
  .default('local')
  .meta({ title: 'Policy', description: 'Where the counters are: in each node, or in Redis for all nodes.' })

/** The same as `strategy` says it. */
export const strategyField = z
  .enum(['local', 'redis'], { error: CLUSTER })
  .default('local')
  .meta({ title: 'Strategy', description: 'Where the counters are: in each node, or in Redis for all nodes.' })
