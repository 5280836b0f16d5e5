import { TRPCError } from '@trpc/server'
import * as z from 'zod'
import { operatorProcedure, router } from './trpc.ts'
import { watch } from './watch.ts'

const read = operatorProcedure('read')
const manage = operatorProcedure('manage_nodes')
const byId = z.strictObject({ id: z.uuid() })
const nodeName = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\w.-]+$/, { error: 'may have letters, digits and . - _ only' })

const noNode = () => new TRPCError({ code: 'NOT_FOUND', message: 'There is no such node; it may have been removed.' })

export const nodesRouter = router({
  list: read.query(({ ctx }) => ctx.parts.fleet.list()),
  watch: read.subscription(({ ctx, signal }) => watch({ signal, onChange: (handler) => ctx.parts.fleet.onChange(handler), read: () => ctx.parts.fleet.list() })),
  createJoinToken: manage.input(z.strictObject({ name: nodeName.optional() })).mutation(async ({ ctx, input }) => {
    const { domain, nodeTokens, publicUrl } = ctx.parts
    const { token, expiresAt } = await nodeTokens.issue(ctx.actor, { workspaceId: domain.workspaceId, nodeName: input.name ?? null })
    const url = publicUrl.replace(/^http/, 'ws')
    const name = input.name === undefined ? '' : ` SLUICE_NODE_NAME=${input.name}`
    return { token, expires_at: expiresAt.toISOString(), command: `SLUICE_CONTROL_PLANE=${url} SLUICE_JOIN_TOKEN=${token}${name} npm run node` }
  }),
  revoke: manage.input(byId).mutation(async ({ ctx, input }) => {
    if (!(await ctx.parts.fleet.revoke(ctx.actor, input.id))) throw noNode()
    ctx.parts.disconnectNode(input.id)
    return {}
  }),
  remove: manage.input(byId).mutation(async ({ ctx, input }) => {
    if (!(await ctx.parts.fleet.remove(ctx.actor, input.id))) throw noNode()
    ctx.parts.disconnectNode(input.id)
    return {}
  }),
})
