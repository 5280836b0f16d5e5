import type { Metadata } from 'next'
import { NewRoute } from '../../../../features/routes/new-route.tsx'

export const metadata: Metadata = { title: 'New route' }

export default function Page() {
  return <NewRoute />
}
