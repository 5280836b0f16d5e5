import type { Metadata } from 'next'
import { NewService } from '../../../../features/services/new-service.tsx'

export const metadata: Metadata = { title: 'New service' }

export default function Page() {
  return <NewService />
}
