import type { Metadata } from 'next'
import { NewConsumer } from '../../../../features/consumers/consumer-page.tsx'

export const metadata: Metadata = { title: 'New consumer' }

export default function Page() {
  return <NewConsumer />
}
