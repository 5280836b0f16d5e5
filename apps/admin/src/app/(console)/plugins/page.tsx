import type { Metadata } from 'next'
import { PluginList } from '../../../features/plugins/plugin-list.tsx'

export const metadata: Metadata = { title: 'Plugins' }

export default function Page() {
  return <PluginList />
}
