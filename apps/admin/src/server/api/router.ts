import { TRPCError } from '@trpc/server'
import * as z from 'zod'
import { entityRouter } from './entity-router.ts'
import { nodesRouter } from './nodes-router.ts'
import { revisionsRouter } from './revisions-router.ts'
import { sessionRouter } from './session-router.ts'
import { operatorProcedure, router } from './trpc.ts'
import { workspaceRouter } from './workspace-router.ts'

const read = operatorProcedure('read')
const write = operatorProcedure('write_configuration')

const DOCUMENT_LENGTH_MAX = 16 * 1024 * 1024
/** 0 to 100 in steps of a tenth, compared in tenths because 0.3 has no exact binary form. */
const percentage = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-6, { error: 'has steps of 0.1' })

function sleepUntilNextSecond(now: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1_050 - (now % 1_000))
    const leave = () => {
      clearTimeout(timer)
      resolve()
    }
    signal?.addEventListener('abort', leave, { once: true })
  })
}

const canaryRouter = router({
  /** The slider: one field of one plugin, under the same stale check as every update. */
  set: write.input(z.strictObject({ plugin_id: z.uuid(), percentage, revision: z.int().min(0) })).mutation(async ({ ctx, input }) => {
    const { entities } = ctx.parts.domain
    const plugin = await entities.get('plugin', input.plugin_id)
    if (plugin.name !== 'canary') throw new TRPCError({ code: 'BAD_REQUEST', message: `This plugin is ${String(plugin.name)}, not canary; it has no percentage.` })
    const config = { ...(plugin.config as Record<string, unknown>), percentage: Math.round(input.percentage * 10) / 10 }
    const { revision, item } = await entities.update(ctx.actor, 'plugin', { id: input.plugin_id, value: { config }, revision: Math.min(input.revision, plugin.revision) })
    return { revision, item }
  }),
})

const cachesRouter = router({
  /** Empties the cache of a plugin on all nodes that are connected. */
  purge: write.input(z.strictObject({ plugin_id: z.uuid() })).mutation(async ({ ctx, input }) => {
    const plugin = await ctx.parts.domain.entities.get('plugin', input.plugin_id)
    if (plugin.name !== 'proxy-cache') throw new TRPCError({ code: 'BAD_REQUEST', message: `This plugin is ${String(plugin.name)}, not proxy-cache; it keeps nothing.` })
    await ctx.parts.fleet.purge(ctx.actor, { id: input.plugin_id, label: 'proxy-cache' })
    return {}
  }),
})

const telemetryRouter = router({
  watch: read.input(z.strictObject({ seconds: z.int().min(60).max(600), service: z.uuid().optional() })).subscription(async function* ({ ctx, input, signal }) {
    const { traffic, now } = ctx.parts
    const service = input.service ?? null
    // A cell may arrive a little after its second, so each look goes back a few and leaves out what was sent.
    const LATE_S = 4
    const sent = new Map<string, number>()
    let from = Math.floor(now() / 1000) - input.seconds
    while (signal?.aborted !== true) {
      const cells = (await traffic.since(from, service)).filter((cell) => !sent.has(`${cell.node} ${cell.at}`))
      for (const cell of cells) sent.set(`${cell.node} ${cell.at}`, cell.at)
      from = Math.floor(now() / 1000) - LATE_S
      for (const [key, at] of sent) if (at < from) sent.delete(key)
      yield { cells }
      await sleepUntilNextSecond(now(), signal)
    }
  }),
})

const declarativeRouter = router({
  import: write
    .input(z.strictObject({ text: z.string().max(DOCUMENT_LENGTH_MAX), format: z.enum(['yaml', 'json']).default('yaml'), dry_run: z.boolean().default(true) }))
    .mutation(({ ctx, input }) => ctx.parts.domain.importDocument(ctx.actor, { text: input.text, message: 'import a declarative document', dryRun: input.dry_run })),
  export: read.query(async ({ ctx }) => ({ text: await ctx.parts.domain.exportDocument() })),
})

/** Everything that the dashboard can do. */
export const appRouter = router({
  session: sessionRouter,
  workspace: workspaceRouter,
  nodes: nodesRouter,
  revisions: revisionsRouter,
  canary: canaryRouter,
  caches: cachesRouter,
  telemetry: telemetryRouter,
  declarative: declarativeRouter,
  services: entityRouter('service'),
  routes: entityRouter('route'),
  upstreams: entityRouter('upstream'),
  targets: entityRouter('target'),
  consumers: entityRouter('consumer'),
  consumer_groups: entityRouter('consumer_group'),
  keyauth_credentials: entityRouter('keyauth_credential'),
  basicauth_credentials: entityRouter('basicauth_credential'),
  hmacauth_credentials: entityRouter('hmacauth_credential'),
  jwt_secrets: entityRouter('jwt_secret'),
  oauth2_credentials: entityRouter('oauth2_credential'),
  acls: entityRouter('acl'),
  plugins: entityRouter('plugin'),
  certificates: entityRouter('certificate'),
  snis: entityRouter('sni'),
  ca_certificates: entityRouter('ca_certificate'),
})

export type AppRouter = typeof appRouter
