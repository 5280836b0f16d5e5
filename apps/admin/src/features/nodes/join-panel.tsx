'use client'

import { useMutation } from '@tanstack/react-query'
import { Check, Hourglass, Lock, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { type Invitation, invite, joinedNode, lifeText, nodeNameProblem, partsOf } from './join.ts'
import type { ShownNode } from './node-words.ts'

interface Issued {
  command: string
  expiresAt: Date
  invitation: Invitation
}

function Waiting({ issued, nodes, isExpired }: { issued: Issued; nodes: readonly ShownNode[]; isExpired: boolean }) {
  const joined = joinedNode(nodes, issued.invitation)
  if (joined !== null) {
    return (
      <p className="note ok" role="status">
        <Check className="i s" aria-hidden="true" />
        <span>
          <b>{joined.name} joined.</b> {joined.revision === null ? 'It is getting its first revision.' : `It serves r${joined.revision}.`}
        </span>
      </p>
    )
  }
  if (isExpired) {
    return (
      <p className="note warn" role="status">
        <Hourglass className="i s" aria-hidden="true" />
        <span>
          <b>The token has expired unused.</b> Make a new command.
        </span>
      </p>
    )
  }
  return (
    <p className="note acc" role="status">
      <Hourglass className="i s" aria-hidden="true" />
      <span>
        <b>Waiting for {issued.invitation.name ?? 'the node'}…</b> It appears here the moment it connects.
      </span>
    </p>
  )
}

function Command({ issued, nodes, onAgain }: { issued: Issued; nodes: readonly ShownNode[]; onAgain: () => void }) {
  const life = lifeText(issued.expiresAt, useNow(1_000))
  return (
    <div className="stack g12">
      <p className="i2">Run this in a copy of Sluice on the machine of the node. The token in it is shown this once.</p>
      <div className="code">
        <pre>
          {partsOf(issued.command).map((part) => (
            <span key={part.text} className={part.isName ? 'k' : undefined}>
              {part.text}
            </span>
          ))}
        </pre>
        <CopyButton text={issued.command} label="Copy the command" />
      </div>
      <div className="row between small wrap">
        <span className="i2 row" style={{ gap: 6 }}>
          <Lock className="i s" aria-hidden="true" />
          {life ?? 'expired'}
        </span>
        <button type="button" className="link" onClick={onAgain}>
          New command
        </button>
      </div>
      <Waiting issued={issued} nodes={nodes} isExpired={life === null} />
    </div>
  )
}

/** Makes a single-use token and shows the one command that brings a node, then waits for it. */
export function JoinPanel({ nodes, onClose }: { nodes: readonly ShownNode[]; onClose: () => void }) {
  const trpc = useTRPC()
  const [name, setName] = useState('')
  const [issued, setIssued] = useState<Issued | null>(null)
  const [isChecked, setIsChecked] = useState(false)
  const create = useMutation(trpc.nodes.createJoinToken.mutationOptions())
  const problem = nodeNameProblem(name)
  const failure = create.error === null ? null : readFailure(create.error)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setIsChecked(true)
    if (problem !== null || create.isPending) return
    const wanted = name.trim() === '' ? null : name.trim()
    const token = await create.mutateAsync(wanted === null ? {} : { name: wanted }).catch(() => null)
    if (token !== null) setIssued({ command: token.command, expiresAt: new Date(token.expires_at), invitation: invite(nodes, wanted) })
  }
  return (
    <section className="card" aria-label="Join a node">
      <header>
        <h2>Join a node</h2>
        <div className="end">
          <button type="button" className="btn ghost ico sm" aria-label="Close" onClick={onClose}>
            <X className="i" aria-hidden="true" />
          </button>
        </div>
      </header>
      <div className="body" style={{ padding: '16px 20px' }}>
        {issued !== null ? (
          <Command issued={issued} nodes={nodes} onAgain={() => setIssued(null)} />
        ) : (
          <form className="stack g12" noValidate onSubmit={(event) => void submit(event)}>
            <TextField
              label="Name"
              name="name"
              value={name}
              onChange={setName}
              autoComplete="off"
              isOptional
              autoFocus
              error={(isChecked ? problem : null) ?? failure?.issues[0]?.message ?? null}
              help="How the node is called in this list. Empty: it takes the name of its machine."
            />
            {failure !== null && failure.issues.length === 0 && (
              <p className="note bad" role="alert">
                {failure.message}
              </p>
            )}
            <div>
              <button type="submit" className="btn primary" disabled={create.isPending}>
                {create.isPending ? 'Making…' : 'Make the command'}
              </button>
            </div>
          </form>
        )}
      </div>
    </section>
  )
}
