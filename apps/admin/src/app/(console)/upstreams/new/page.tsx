import type { Metadata } from 'next'
import { NewUpstream } from '../../../../features/upstreams/new-upstream.tsx'

export const metadata: Metadata = { title: 'New upstream' }

export default function Page() {
  return <NewUpstream />
}
