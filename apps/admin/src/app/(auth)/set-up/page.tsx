import type { Metadata } from 'next'
import { Suspense } from 'react'
import { AuthFrame } from '../../../features/sign-in/auth-frame.tsx'
import { SetUpForm } from '../../../features/sign-in/set-up-form.tsx'

export const metadata: Metadata = { title: 'Set-up' }

export default function Page() {
  return (
    <AuthFrame>
      <Suspense>
        <SetUpForm />
      </Suspense>
    </AuthFrame>
  )
}
