import { Minus, Pencil, Plus } from 'lucide-react'
import { groupItems, type Plan, type PlanItem, planText } from './plan-words.ts'

const NAMED_MAX = 40

function Part({ kind, items }: { kind: 'add' | 'chg' | 'del'; items: readonly PlanItem[] }) {
  if (items.length === 0) return null
  const { icon: Icon, word } = { add: { icon: Plus, word: 'Created' }, chg: { icon: Pencil, word: 'Changed' }, del: { icon: Minus, word: 'Deleted' } }[kind]
  return (
    <section className="plan-part" aria-label={word}>
      <h3 className={`op ${kind}`}>
        <Icon className="i s" aria-hidden="true" />
        {items.length.toLocaleString('en')} {word.toLowerCase()}
      </h3>
      <dl>
        {groupItems(items).map((group) => (
          <div key={group.type}>
            <dt>
              {group.items.length.toLocaleString('en')} {group.noun}
            </dt>
            <dd>
              {group.items
                .slice(0, NAMED_MAX)
                .map((item) => item.label)
                .join(', ')}
              {group.items.length > NAMED_MAX && ` and ${(group.items.length - NAMED_MAX).toLocaleString('en')} more`}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** What would be written, before anything is: counts, then every entity by name. */
export function PlanView({ plan }: { plan: Plan }) {
  return (
    <div className="plan">
      <p className="sr" role="status">
        {planText(plan)}
      </p>
      <Part kind="add" items={plan.creates} />
      <Part kind="chg" items={plan.updates} />
      <Part kind="del" items={plan.deletes} />
    </div>
  )
}
