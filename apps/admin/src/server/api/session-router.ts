import * as z from 'zod'
import { operatorProcedure, publicProcedure, router } from './trpc.ts'

const password = z.string().max(1024)
const token = z.string().max(256)

export const sessionRouter = router({
  state: publicProcedure.query(async ({ ctx }) => ({ needs_setup: await ctx.parts.operators.needsSetUp(), signed_in: ctx.operator !== null })),
  current: publicProcedure.query(({ ctx }) => (ctx.operator === null ? null : { operator: ctx.operator })),
  signIn: publicProcedure.input(z.strictObject({ email: z.string().max(320), password })).mutation(async ({ ctx, input }) => {
    const signedIn = await ctx.parts.operators.signIn({ ...input, address: ctx.address })
    // The former session ends with the sign-in, so a stolen cookie does not survive it.
    if (ctx.sessionToken !== null) await ctx.parts.operators.signOut(ctx.sessionToken)
    ctx.setSession(signedIn.token)
    return { operator: signedIn.operator }
  }),
  signOut: operatorProcedure('read').mutation(async ({ ctx }) => {
    if (ctx.sessionToken !== null) await ctx.parts.operators.signOut(ctx.sessionToken)
    ctx.setSession(null)
    return {}
  }),
  setUp: publicProcedure.input(z.strictObject({ token, email: z.string().max(320), name: z.string().max(256), password })).mutation(async ({ ctx, input }) => {
    const operator = await ctx.parts.operators.setUp(input)
    ctx.setSession(await ctx.parts.operators.startSession(operator.id, ctx.address))
    return { operator }
  }),
  resetPassword: publicProcedure.input(z.strictObject({ token, password })).mutation(async ({ ctx, input }) => {
    await ctx.parts.operators.resetPassword(input)
    return {}
  }),
})
