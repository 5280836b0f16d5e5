import type { Metadata } from 'next'
import { RevisionPage } from '../../../../features/revisions/revision-page.tsx'

export const metadata: Metadata = { title: 'Revision' }

export default async function Page({ params }: { params: Promise<{ number: string }> }) {
  const { number } = await params
  return <RevisionPage number={number} />
}
