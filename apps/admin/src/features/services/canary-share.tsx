'use client'

import { useEntityList } from '../../trpc/entities.ts'
import { ShareBar } from '../../ui/slats/share-bar.tsx'
import { canaryOf } from './canary.ts'

/** More canaries at once than anyone runs; services beyond show none in the list and all on their own page. */
const CANARIES_MAX = 500

/** How much of a service goes to its canary now. One listing of all canaries serves every row. */
export function CanaryShare({ service }: { service: string }) {
  const { data } = useEntityList('plugin', { where: { name: 'canary' }, limit: CANARIES_MAX })
  const share = canaryOf(data?.items ?? [], service)
  if (share === null) return null
  if (!share.enabled) return <span className="i3">off</span>
  if (share.percentage === null) return <span className="i2">by time or group</span>
  return (
    <span className="row">
      <ShareBar share={share.percentage} isAccent />
      <span>{share.percentage.toLocaleString('en', { minimumFractionDigits: 1 })} %</span>
    </span>
  )
}
