'use client'

import type { EntityType } from '@sluice/shared/entities/registry'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { Row } from '../../trpc/entities.ts'
import { useCrumb } from '../shell/crumb.tsx'
import { EntityForm, type EntityFormProps } from './entity-form.tsx'
import { hrefOf, nounOf } from './words.ts'

interface NewEntityProps<T extends EntityType> extends Omit<EntityFormProps<T>, 'row'> {
  intro: string
  /** Where Cancel leads. */
  backHref: string
  /** Where one goes after it was created; its own page unless said otherwise. */
  afterHref?: (item: Row<T>) => string
}

/** The page that makes a new entity. */
export function NewEntity<T extends EntityType>({ intro, backHref, afterHref, onSaved, ...form }: NewEntityProps<T>) {
  const router = useRouter()
  const title = `New ${nounOf(form.type).one}`
  useCrumb(title)
  return (
    <>
      <div className="ph">
        <div>
          <h1>{title}</h1>
          <p className="sub">{intro}</p>
        </div>
      </div>
      <EntityForm
        {...form}
        row={null}
        actions={
          <Link className="btn ghost" href={backHref}>
            Cancel
          </Link>
        }
        onSaved={(written) => {
          onSaved?.(written)
          router.push(afterHref?.(written.item) ?? hrefOf(form.type, written.item.id) ?? backHref)
        }}
      />
    </>
  )
}
