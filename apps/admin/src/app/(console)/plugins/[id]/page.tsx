import type { Metadata } from 'next'
import { PluginPage } from '../../../../features/plugins/plugin-page.tsx'

export const metadata: Metadata = { title: 'Plugin' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return <PluginPage id={id} />
}
