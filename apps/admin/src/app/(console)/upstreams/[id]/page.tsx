import type { Metadata } from 'next'
import { UpstreamPage } from '../../../../features/upstreams/upstream-page.tsx'

export const metadata: Metadata = { title: 'Upstream' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return <UpstreamPage id={id} />
}
