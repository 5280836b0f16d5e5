'use client'

import { useSubscription } from '@trpc/tanstack-react-query'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { useTRPC } from './client.ts'
import { mergeCells, settledSecond, type TrafficCell } from './telemetry-cells.ts'
import { useVisible } from './visible.ts'
import { useWorkspace } from './workspace.tsx'

/** Without a new cell for this long, what is shown is old. */
const STALE_AFTER_MS = 5_000

export interface Telemetry {
  cells: readonly TrafficCell[]
  /** The last second of the window that is complete; null before the first cell. */
  to: number | null
  seconds: number
  /** `loading` until the control plane has answered once. */
  state: 'loading' | 'live' | 'stale'
}

const TelemetryContext = createContext<Telemetry>({ cells: [], to: null, seconds: 60, state: 'loading' })

interface Received {
  cells: readonly TrafficCell[]
  /** When the last message came, and the last one with a cell in it. */
  heardAt: number
  newAt: number
}

/**
 * Follows what the nodes report, of one service or of all, for all charts of a page through one stream. A message comes each second even
 * when no node has anything to say, so silent nodes are told apart from a silent control plane.
 */
export function TelemetryProvider({ seconds, service, children }: { seconds: number; service?: string; children: ReactNode }) {
  const trpc = useTRPC()
  const visible = useVisible()
  const { connection } = useWorkspace()
  const [received, setReceived] = useState<Received | null>(null)
  const input = useMemo(() => (service === undefined ? { seconds } : { seconds, service }), [seconds, service])
  useSubscription(
    trpc.telemetry.watch.subscriptionOptions(input, {
      enabled: visible,
      onData: ({ cells }) => {
        const now = performance.now()
        setReceived((before) => ({
          cells: mergeCells(before?.cells ?? [], cells, seconds + STALE_AFTER_MS / 1000),
          heardAt: now,
          newAt: cells.length > 0 ? now : (before?.newAt ?? now),
        }))
      },
    }),
  )
  const telemetry = useMemo<Telemetry>(() => {
    if (received === null) return { cells: [], to: null, seconds, state: 'loading' }
    const isOld = connection === 'lost' || (received.cells.length > 0 && received.heardAt - received.newAt > STALE_AFTER_MS)
    return { cells: received.cells, to: settledSecond(received.cells), seconds, state: isOld ? 'stale' : 'live' }
  }, [received, seconds, connection])
  return <TelemetryContext value={telemetry}>{children}</TelemetryContext>
}

export function useTelemetry(): Telemetry {
  return useContext(TelemetryContext)
}
