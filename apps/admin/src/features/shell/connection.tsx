'use client'

import { Activity, RefreshCw, WifiOff } from 'lucide-react'
import { useWorkspace } from '../../trpc/workspace.tsx'

export function ConnectionWord() {
  const { connection } = useWorkspace()
  if (connection === 'live') {
    return (
      <span className="word t-ok hide-m" style={{ padding: '0 8px' }}>
        <Activity className="i s" aria-hidden="true" />
        Live
      </span>
    )
  }
  return (
    <span className="word t-warn hide-m" style={{ padding: '0 8px' }}>
      <RefreshCw className="i s" aria-hidden="true" />
      {connection === 'lost' ? 'Stale' : 'Connecting'}
    </span>
  )
}

/** Stands above the page while the stream is away: what is shown may be old, and traffic is not affected. */
export function ConnectionBanner() {
  const { connection } = useWorkspace()
  return (
    <div role="status">
      {connection === 'lost' && (
        <p className="note warn" style={{ borderRadius: 0 }}>
          <WifiOff className="i s" aria-hidden="true" />
          <span>
            <b>The control plane does not answer.</b> What you see may be old. Nodes keep serving the last revision they accepted; this page connects again by itself.
          </span>
        </p>
      )}
    </div>
  )
}
