import type { Metadata } from 'next'
import { Suspense } from 'react'
import { AuthFrame } from '../../../features/sign-in/auth-frame.tsx'
import { SignInForm } from '../../../features/sign-in/sign-in-form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default function Page() {
  return (
    <AuthFrame>
      <Suspense>
        <SignInForm />
      </Suspense>
    </AuthFrame>
  )
}
