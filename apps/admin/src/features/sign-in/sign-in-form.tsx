'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { FormProblem } from './form-problem.tsx'
import { nextPage } from './next-page.ts'

function problemOf(error: unknown): string {
  const failure = readFailure(error)
  if (failure.code === 'TOO_MANY_REQUESTS') return `Too many tries. This address waits ${failure.retryAfterS ?? 60} s before the next one.`
  if (failure.code === 'UNAUTHORIZED' || failure.code === 'BAD_REQUEST') return 'Email or password is not right.'
  return failure.message
}

export function SignInForm() {
  const trpc = useTRPC()
  const wanted = useSearchParams().get('next')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const state = useQuery(trpc.session.state.queryOptions())
  // A whole page load, so that nothing of the time before the session stays in memory.
  const signIn = useMutation(trpc.session.signIn.mutationOptions({ onSuccess: () => location.assign(nextPage(wanted)), onError: () => {} }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate({ email, password })
  }
  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="i2">The dashboard of your gateway.</p>
      <div className="stack g16" style={{ marginTop: 24 }}>
        {state.data?.needs_setup === true && (
          <p className="note acc">
            <span>
              There is no operator yet. The start of the control plane printed a link to{' '}
              <Link className="link" href="/set-up">
                set up
              </Link>{' '}
              the first one.
            </span>
          </p>
        )}
        <TextField label="Email" name="email" type="email" autoComplete="username" value={email} onChange={setEmail} autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" value={password} onChange={setPassword} />
        <FormProblem text={signIn.isError ? problemOf(signIn.error) : null} />
        <button type="submit" className="btn primary lg" disabled={signIn.isPending || signIn.isSuccess}>
          {signIn.isPending || signIn.isSuccess ? 'Signing in…' : 'Sign in'}
        </button>
        <details className="small i3">
          <summary>Forgot the password</summary>
          <p style={{ marginTop: 8 }}>
            Whoever runs the control plane prints a one-time link with <code>npm run control-plane -- reset-password EMAIL</code>.
          </p>
        </details>
      </div>
    </form>
  )
}
