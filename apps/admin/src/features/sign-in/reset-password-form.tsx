'use client'

import type { Issue } from '@sluice/shared/snapshot'
import { useMutation } from '@tanstack/react-query'
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

function Changed() {
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

export function ResetPasswordForm() {
  const trpc = useTRPC()
  const token = useSearchParams().get('token')
  const form = useRef<HTMLFormElement>(null)
  const isHydrated = useHydrated()
  const [password, setPassword] = useState('')
  const [issues, setIssues] = useState<Issue[]>([])
  useEffect(() => focusFirst(form.current, issues), [issues])
  const reset = useMutation(trpc.session.resetPassword.mutationOptions({ onError: (error) => setIssues(asSentences(readFailure(error).issues)) }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = findIssues({ password })
    setIssues(found)
    if (found.length === 0 && token !== null) reset.mutate({ token, password })
  }
  if (reset.isSuccess) return <Changed />
  const failure = reset.isError ? readFailure(reset.error) : null
  return (
    <form ref={form} method="post" onSubmit={submit} noValidate>
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
          error={messageAt(issues, 'password')}
          autoFocus
        />
        <FormProblem text={failure === null || failure.issues.length > 0 ? null : failure.message} />
        <button type="submit" className="btn primary lg" disabled={!isHydrated || reset.isPending || token === null}>
          {reset.isPending ? 'Changing…' : 'Change password'}
        </button>
      </div>
    </form>
  )
}
