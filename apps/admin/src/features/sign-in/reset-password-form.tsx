'use client'

import { useMutation } from '@tanstack/react-query'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { TextField } from '../../ui/text-field.tsx'
import { FormProblem } from './form-problem.tsx'
import { PASSWORD_LENGTH_MIN, passwordProblem } from './password-rule.ts'

function problemOf(error: unknown): string {
  const failure = readFailure(error)
  if (failure.issues.length > 0) return failure.issues.map((issue) => issue.message).join('. ')
  return ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND'].includes(failure.code) ? 'This link has ended or was used. Ask for a new one.' : failure.message
}

export function ResetPasswordForm() {
  const trpc = useTRPC()
  const token = useSearchParams().get('token')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const reset = useMutation(trpc.session.resetPassword.mutationOptions({ onError: () => {} }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = passwordProblem(password)
    setProblem(found)
    if (found === null && token !== null) reset.mutate({ token, password })
  }
  if (reset.isSuccess) {
    return (
      <div className="stack g16">
        <h1>Password changed</h1>
        <p className="i2" role="status">
          All sessions of this operator have ended.
        </p>
        <Link className="btn primary lg" href="/sign-in">
          Sign in
        </Link>
      </div>
    )
  }
  return (
    <form onSubmit={submit}>
      <h1>Choose a new password</h1>
      <div className="stack g16" style={{ marginTop: 24 }}>
        <FormProblem text={token === null ? 'This page needs the one-time link that reset-password printed.' : null} />
        <TextField
          label="New password"
          name="password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          help={`${PASSWORD_LENGTH_MIN} characters or more.`}
          error={problem}
          autoFocus
        />
        <FormProblem text={reset.isError ? problemOf(reset.error) : null} />
        <button type="submit" className="btn primary lg" disabled={reset.isPending || token === null}>
          {reset.isPending ? 'Changing…' : 'Change password'}
        </button>
      </div>
    </form>
  )
}
