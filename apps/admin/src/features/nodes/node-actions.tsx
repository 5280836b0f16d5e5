'use client'

import { useMutation } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { toast } from 'sonner'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { Dialog } from '../../ui/dialog.tsx'
import type { ShownNode } from './node-words.ts'

type Act = 'revoke' | 'remove'

const ACTS = {
  revoke: {
    title: (name: string) => `Revoke ${name}?`,
    button: 'Revoke node',
    text: 'Its credential stops working and its connection ends at once. The node keeps serving the last revision it accepted until you stop it, and hears of no later one. To bring it back, join it again with a new token.',
    done: (name: string) => `${name} is revoked.`,
  },
  remove: {
    title: (name: string) => `Remove ${name}?`,
    button: 'Remove node',
    text: 'It leaves this list with all that it reported, and its credential stops working. If it still runs, it keeps serving the last revision it accepted until you stop it. It can join again with a new token.',
    done: (name: string) => `${name} is removed.`,
  },
} as const

function ActDialog({ act, node, onClose }: { act: Act; node: ShownNode; onClose: () => void }) {
  const trpc = useTRPC()
  const { title, button, text, done } = ACTS[act]
  const options = {
    onSuccess: () => {
      toast(done(node.name))
      onClose()
    },
  }
  const revoke = useMutation(trpc.nodes.revoke.mutationOptions(options))
  const remove = useMutation(trpc.nodes.remove.mutationOptions(options))
  const mutation = act === 'revoke' ? revoke : remove
  return (
    <Dialog open onOpenChange={onClose} title={title(node.name)}>
      <p className="i2">{text}</p>
      {mutation.error !== null && (
        <p className="note bad" role="alert" style={{ marginTop: 12 }}>
          {readFailure(mutation.error).message}
        </p>
      )}
      <div className="acts">
        <button type="button" className="btn" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="btn danger solid" disabled={mutation.isPending} onClick={() => mutation.mutate({ id: node.id })}>
          {mutation.isPending ? 'Working…' : button}
        </button>
      </div>
    </Dialog>
  )
}

/** What can be done to one node; both acts ask first and say what happens. */
export function NodeActions({ node }: { node: ShownNode }) {
  const [act, setAct] = useState<Act | null>(null)
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger className="btn ghost ico sm" aria-label={`Actions of ${node.name}`}>
          <Ellipsis className="i" aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            {node.state !== 'revoked' && (
              <DropdownMenu.Item className="menu-item" onSelect={() => setAct('revoke')}>
                Revoke…
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item className="menu-item" onSelect={() => setAct('remove')}>
              Remove…
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {act !== null && <ActDialog act={act} node={node} onClose={() => setAct(null)} />}
    </>
  )
}
