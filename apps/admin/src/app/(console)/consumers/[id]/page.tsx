import type { Metadata } from 'next'
import { ConsumerPage } from '../../../../features/consumers/consumer-page.tsx'

export const metadata: Metadata = { title: 'Consumer' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return <ConsumerPage id={id} />
}
