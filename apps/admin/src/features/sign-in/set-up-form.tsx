'use client'

import type { Issue } from '@sluice/shared/snapshot'
import { useMutation, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { useHydrated } from '../../ui/use-hydrated.ts'
import { asSentences, findIssues, focusFirst, messageAt } from './field-issues.ts'
import { FormProblem } from './form-problem.tsx'
import { PASSWORD_LENGTH_MIN } from './password-rule.ts'

const NO_LINK = 'This page needs the one-time link that the start of the control plane printed. A restart prints a new one.'

function SetUpAlready() {
  return (
    <div className="stack g16">
      <h1>Sluice is set up</h1>
      <p className="i2">There is an operator already. Sign in, or ask them.</p>
      <Link className="btn primary lg" href="/sign-in">
        Sign in
      </Link>
    </div>
  )
}

/** Sends the form; what is wrong with a field stands at it, and the first such field has the focus. */
function useSetUp(token: string | null) {
  const trpc = useTRPC()
  const form = useRef<HTMLFormElement>(null)
  const [issues, setIssues] = useState<Issue[]>([])
  useEffect(() => focusFirst(form.current, issues), [issues])
  const mutation = useMutation(trpc.session.setUp.mutationOptions({ onError: (error) => setIssues(asSentences(readFailure(error).issues)), onSuccess: () => location.assign('/') }))
  const send = (values: { name: string; email: string; password: string }) => {
    const found = findIssues(values)
    setIssues(found)
    if (found.length === 0 && token !== null) mutation.mutate({ token, ...values })
  }
  const failure = mutation.isError ? readFailure(mutation.error) : null
  const problem = failure === null || failure.issues.length > 0 ? null : failure.message
  return { form, issues, send, problem, busy: mutation.isPending || mutation.isSuccess }
}

/** Creates the first operator with the one-time token and signs them in. */
export function SetUpForm() {
  const trpc = useTRPC()
  const token = useSearchParams().get('token')
  const state = useQuery(trpc.session.state.queryOptions())
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { form, issues, send, problem, busy } = useSetUp(token)
  const isHydrated = useHydrated()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send({ name, email, password })
  }
  if (state.data?.needs_setup === false && !busy) return <SetUpAlready />
  return (
    <form ref={form} method="post" onSubmit={submit} noValidate>
      <h1>Set up Sluice</h1>
      <p className="i2">Create the first operator. There is no default password anywhere.</p>
      <div className="stack g16" style={{ marginTop: 24 }}>
        <FormProblem text={token === null ? NO_LINK : null} />
        <TextField label="Name" name="name" autoComplete="name" value={name} onChange={setName} error={messageAt(issues, 'name')} autoFocus />
        <TextField label="Email" name="email" type="email" autoComplete="username" value={email} onChange={setEmail} error={messageAt(issues, 'email')} />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          help={`${PASSWORD_LENGTH_MIN} characters or more. A sentence is easy to remember.`}
          error={messageAt(issues, 'password')}
        />
        <FormProblem text={problem} />
        <button type="submit" className="btn primary lg" disabled={!isHydrated || busy || token === null}>
          {busy ? 'Creating…' : 'Create operator'}
        </button>
      </div>
    </form>
  )
}
