import type { ApiParts } from './trpc.ts'
import { operatorProcedure, router } from './trpc.ts'
import { watch } from './watch.ts'

async function summary(parts: ApiParts) {
  const [workspace, nodes] = await Promise.all([parts.domain.workspace(), parts.fleet.list()])
  const live = nodes.filter((node) => node.state === 'connected')
  return {
    ...workspace,
    nodes_total: live.length,
    nodes_applied: live.filter((node) => node.hash === workspace.content_hash && node.lag === 0).length,
    nodes_rejected: live.filter((node) => node.rejected !== null).length,
  }
}

const read = operatorProcedure('read')

export const workspaceRouter = router({
  current: read.query(({ ctx }) => summary(ctx.parts)),
  watch: read.subscription(({ ctx, signal }) => watch({ signal, onChange: (handler) => ctx.parts.fleet.onChange(handler), read: () => summary(ctx.parts) })),
})
