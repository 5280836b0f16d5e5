'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { useTRPC } from '../../trpc/client.ts'
import { initials } from '../../ui/format.ts'

/** Who is signed in, and the way out. */
export function Account() {
  const trpc = useTRPC()
  const session = useQuery(trpc.session.current.queryOptions())
  const signOut = useMutation(trpc.session.signOut.mutationOptions({ onSettled: () => location.assign('/sign-in') }))
  const operator = session.data?.operator ?? null
  return (
    <div className="foot">
      <span className="ava" aria-hidden="true">
        {initials(operator?.name ?? '')}
      </span>
      <span className="grow">
        <span className="b trunc" style={{ display: 'block', lineHeight: '16px' }}>
          {operator?.name ?? ''}
        </span>
        <span className="small i3 trunc" style={{ display: 'block' }}>
          {operator?.email ?? ''}
        </span>
      </span>
      <button type="button" className="btn ghost ico sm" aria-label="Sign out" title="Sign out" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
        <LogOut className="i s" aria-hidden="true" />
      </button>
    </div>
  )
}
