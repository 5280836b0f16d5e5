import type { Metadata } from 'next'
import { RoutePage } from '../../../../features/routes/route-page.tsx'

export const metadata: Metadata = { title: 'Route' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return <RoutePage id={id} />
}
