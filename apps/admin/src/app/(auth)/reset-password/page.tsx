import type { Metadata } from 'next'
import { Suspense } from 'react'
import { AuthFrame } from '../../../features/sign-in/auth-frame.tsx'
import { ResetPasswordForm } from '../../../features/sign-in/reset-password-form.tsx'

export const metadata: Metadata = { title: 'New password' }

export default function Page() {
  return (
    <AuthFrame>
      <Suspense>
        <ResetPasswordForm />
      </Suspense>
    </AuthFrame>
  )
}
