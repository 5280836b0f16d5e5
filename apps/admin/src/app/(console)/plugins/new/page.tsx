import type { Metadata } from 'next'
import { NewPlugin } from '../../../../features/plugins/new-plugin.tsx'

export const metadata: Metadata = { title: 'New plugin' }

export default function Page() {
  return <NewPlugin />
}
