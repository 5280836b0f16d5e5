'use client'

import type { Issue } from '@sluice/shared/snapshot'
import { useMutation } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useTRPC, useTRPCClient } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { FormProblem } from './form-problem.tsx'
import { PASSWORD_LENGTH_MIN, passwordProblem } from './password-rule.ts'

const LINK_ENDED = 'This set-up link has ended or was used. Restart the control plane: without an operator it prints a new one.'

function problemOf(error: unknown): string {
  const failure = readFailure(error)
  if (failure.issues.length > 0) return failure.issues.map((issue) => `${issue.path} ${issue.message}`).join('. ')
  return ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND'].includes(failure.code) ? LINK_ENDED : failure.message
}

const messageAt = (issues: readonly Issue[], path: string) => issues.find((issue) => issue.path === path)?.message ?? null

/** Creates the first operator with the one-time token and signs them in. */
export function SetUpForm() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const token = useSearchParams().get('token')
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const setUp = useMutation(
    trpc.session.setUp.mutationOptions({
      onError: () => {},
      onSuccess: async () => {
        const { signed_in } = await client.session.state.query()
        if (!signed_in) await client.session.signIn.mutate({ email, password })
        location.assign('/')
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = passwordProblem(password)
    setProblem(found)
    if (found === null && token !== null) setUp.mutate({ token, email, name, password })
  }
  const issues = setUp.isError ? readFailure(setUp.error).issues : []
  const busy = setUp.isPending || setUp.isSuccess
  return (
    <form onSubmit={submit}>
      <h1>Set up Sluice</h1>
      <p className="i2">Create the first operator. There is no default password anywhere.</p>
      <div className="stack g16" style={{ marginTop: 24 }}>
        <FormProblem text={token === null ? 'This page needs the one-time link that the start of the control plane printed.' : null} />
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
          error={problem ?? messageAt(issues, 'password')}
        />
        <FormProblem text={setUp.isError ? problemOf(setUp.error) : null} />
        <button type="submit" className="btn primary lg" disabled={busy || token === null}>
          {busy ? 'Creating…' : 'Create operator'}
        </button>
      </div>
    </form>
  )
}
