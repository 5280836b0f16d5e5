import * as z from 'zod'
import type { ApiParts } from './trpc.ts'
import { operatorProcedure, router } from './trpc.ts'
import { watch } from './watch.ts'

const read = operatorProcedure('read')
const write = operatorProcedure('write_configuration')
const number = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)

async function acknowledged(parts: ApiParts, wanted: number, committedAt: Date) {
  const [state] = await parts.fleet.acknowledgements([{ number: wanted, committedAt }])
  return { number: wanted, nodes_total: state?.nodes ?? 0, applied: state?.applied ?? 0, rejected: state?.rejected ?? 0, ms: state?.applied_ms ?? null }
}

export const revisionsRouter = router({
  list: read.input(z.strictObject({ cursor: number.optional(), limit: z.int().min(1).max(200).default(50) }).prefault({})).query(async ({ ctx, input }) => {
    const { domain, fleet } = ctx.parts
    const found = await domain.revisions.list({ before: input.cursor ?? null, limit: input.limit + 1 })
    const items = found.slice(0, input.limit)
    const states = await fleet.acknowledgements(items.map((item) => ({ number: item.number, committedAt: new Date(item.created_at) })))
    return {
      items: items.map((item, index) => {
        const { nodes = 0, applied = 0, rejected = 0, applied_ms = null } = states[index] ?? {}
        return { ...item, nodes, applied, rejected, applied_ms }
      }),
      next: found.length > input.limit ? (items.at(-1)?.number ?? null) : null,
    }
  }),
  get: read.input(z.strictObject({ number })).query(async ({ ctx, input }) => {
    const { changes_made, committed_at, ...revision } = await ctx.parts.domain.revisions.get(input.number)
    const [state] = await ctx.parts.fleet.acknowledgements([{ number: input.number, committedAt: committed_at }])
    const { nodes = 0, applied = 0, rejected = 0, applied_ms = null } = state ?? {}
    return { ...revision, nodes, applied, rejected, applied_ms, changes: changes_made }
  }),
  diff: read.input(z.strictObject({ from: number, to: number })).query(async ({ ctx, input }) => ({ changes: await ctx.parts.domain.revisions.diff(input) })),
  restore: write
    .input(z.strictObject({ number, dry_run: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => ctx.parts.domain.revisions.restore(ctx.actor, { number: input.number, dryRun: input.dry_run })),
  applied: read.input(z.strictObject({ number })).subscription(async function* ({ ctx, input, signal }) {
    const committedAt = await ctx.parts.domain.revisions.committedAt(input.number)
    yield* watch({
      signal,
      onChange: (handler) => ctx.parts.fleet.onChange(handler),
      read: () => acknowledged(ctx.parts, input.number, committedAt),
      isLast: (state) => state.nodes_total > 0 && state.applied + state.rejected >= state.nodes_total,
    })
  }),
})
