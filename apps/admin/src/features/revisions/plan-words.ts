import type { EntityType } from '@sluice/shared/entities/registry'
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/api/router.ts'
import { nounOf } from '../entities/words.ts'

/** What a restore or an import would write. */
export type Plan = inferRouterOutputs<AppRouter>['revisions']['restore']['plan']
export type PlanItem = Plan['creates'][number]

export interface PlanGroup {
  type: EntityType
  noun: string
  items: readonly PlanItem[]
}

const plural = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}`

/** `3 created, 1 changed, 2 deleted`; what is none of is left out. */
export function planText(plan: Plan): string {
  const texts = [
    { count: plan.creates.length, word: 'created' },
    { count: plan.updates.length, word: 'changed' },
    { count: plan.deletes.length, word: 'deleted' },
  ]
    .filter(({ count }) => count > 0)
    .map(({ count, word }) => plural(count, word))
  return texts.length === 0 ? 'nothing changes' : texts.join(', ')
}

export function isEmptyPlan(plan: Plan): boolean {
  return plan.creates.length + plan.updates.length + plan.deletes.length === 0
}

/** The items of one list by their type, in the order in which they come. */
export function groupItems(items: readonly PlanItem[]): PlanGroup[] {
  const groups = new Map<EntityType, PlanItem[]>()
  for (const item of items) groups.set(item.type, [...(groups.get(item.type) ?? []), item])
  return [...groups].map(([type, members]) => ({ type, noun: members.length === 1 ? nounOf(type).one : nounOf(type).many, items: members }))
}
