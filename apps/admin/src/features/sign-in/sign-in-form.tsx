'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { useHydrated } from '../../ui/use-hydrated.ts'
import { FormProblem } from './form-problem.tsx'
import { nextPage } from './next-page.ts'

function problemOf(error: unknown): string {
  const failure = readFailure(error)
  if (failure.code === 'TOO_MANY_REQUESTS') return `Too many wrong passwords. Wait ${failure.retryAfterS ?? 60} s before the next try.`
  if (failure.code === 'UNAUTHORIZED' || failure.code === 'BAD_REQUEST') return 'Email or password is not right.'
  return failure.message
}

/** Whether there is an operator at all; who has a session already goes on to the page that they wanted. */
function useNeedsSetUp(wanted: string | null): boolean {
  const state = useQuery(useTRPC().session.state.queryOptions())
  const isSignedIn = state.data?.signed_in === true
  useEffect(() => {
    if (isSignedIn) location.replace(nextPage(wanted))
  }, [isSignedIn, wanted])
  return state.data?.needs_setup === true
}

function ForgottenPassword() {
  return (
    <details className="small i3">
      <summary>Forgot the password</summary>
      <p style={{ marginTop: 8 }}>
        Whoever runs the control plane prints a one-time link with <code>npm run control-plane -- reset-password EMAIL</code>.
      </p>
    </details>
  )
}

export function SignInForm() {
  const trpc = useTRPC()
  const wanted = useSearchParams().get('next')
  const form = useRef<HTMLFormElement>(null)
  const isHydrated = useHydrated()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const needsSetUp = useNeedsSetUp(wanted)
  const signIn = useMutation(
    trpc.session.signIn.mutationOptions({
      // A whole page load, so that nothing of the time before the session stays in memory.
      onSuccess: () => location.assign(nextPage(wanted)),
      onError: () => form.current?.querySelector<HTMLInputElement>('input[name=password]')?.select(),
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate({ email, password })
  }
  return (
    <form ref={form} method="post" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="i2">The dashboard of your gateway.</p>
      <div className="stack g16" style={{ marginTop: 24 }}>
        {needsSetUp && <p className="note acc">There is no operator yet. Open the one-time link that the start of the control plane printed; a restart prints a new one.</p>}
        <TextField label="Email" name="email" type="email" autoComplete="username" value={email} onChange={setEmail} autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" value={password} onChange={setPassword} />
        <FormProblem text={signIn.isError ? problemOf(signIn.error) : null} />
        <button type="submit" className="btn primary lg" disabled={!isHydrated || signIn.isPending || signIn.isSuccess}>
          {signIn.isPending || signIn.isSuccess ? 'Signing in…' : 'Sign in'}
        </button>
        <ForgottenPassword />
      </div>
    </form>
  )
}
