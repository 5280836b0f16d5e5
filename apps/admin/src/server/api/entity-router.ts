import type { EntityType } from '@sluice/shared/entities/registry'
import * as z from 'zod'
import { operatorProcedure, router } from './trpc.ts'

const id = z.uuid({ error: 'must be an id' })
const revision = z.int().min(0)
const value = z.record(z.string().max(128), z.unknown())

const listInput = z.strictObject({
  search: z.string().max(256).optional(),
  where: z.record(z.string().max(64), z.string().max(256)).optional(),
  sort: z.strictObject({ field: z.string().max(64), order: z.enum(['asc', 'desc']) }).optional(),
  cursor: id.optional(),
  limit: z.int().min(1).max(500).default(50),
})

/** The same procedures for every entity: input, permission, one domain call. Fields are checked by the domain with the entity's schema. */
export function entityRouter(type: EntityType) {
  const read = operatorProcedure('read')
  const write = operatorProcedure('write_configuration')
  return router({
    list: read.input(listInput.prefault({})).query(({ ctx, input }) => ctx.parts.domain.entities.list(type, input)),
    get: read.input(z.strictObject({ id })).query(({ ctx, input }) => ctx.parts.domain.entities.get(type, input.id)),
    create: write.input(z.strictObject({ value })).mutation(({ ctx, input }) => ctx.parts.domain.entities.create(ctx.actor, type, input.value)),
    update: write.input(z.strictObject({ id, value, revision })).mutation(({ ctx, input }) => ctx.parts.domain.entities.update(ctx.actor, type, input)),
    remove: write
      .input(z.strictObject({ id, revision, cascade: z.boolean().default(false) }))
      .mutation(({ ctx, input }) => ctx.parts.domain.entities.remove(ctx.actor, type, input)),
    dependents: read.input(z.strictObject({ id })).query(({ ctx, input }) => ctx.parts.domain.entities.dependents(type, input.id)),
  })
}
