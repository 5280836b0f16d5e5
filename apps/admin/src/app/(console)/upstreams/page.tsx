import type { Metadata } from 'next'
import { UpstreamList } from '../../../features/upstreams/upstream-list.tsx'

export const metadata: Metadata = { title: 'Upstreams' }

export default function Page() {
  return <UpstreamList />
}
