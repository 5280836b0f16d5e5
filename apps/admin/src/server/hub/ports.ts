import type { NodeMessage, TelemetryCell } from '@sluice/shared/protocol'

/** What the hub needs of the rest of the control plane; it knows no database. */
export interface HubPorts {
  authenticate(bearer: string): Promise<NodeIdentity | JoinIdentity | HubRefusal>
  enrol(joining: JoinIdentity, request: { name: string; credentialSha256: string }): Promise<NodeIdentity | HubRefusal>
  framesFor(have: HaveRevision | null): FramesToSend | null
  onHello(nodeId: string, hello: Extract<NodeMessage, { type: 'hello' }>): Promise<void>
  onApplied(nodeId: string, report: { revision: number; hash: string; applyMs: number }): Promise<void>
  onRejected(nodeId: string, report: { revision: number; issues: { path: string; message: string }[] }): Promise<void>
  onTelemetry(nodeId: string, cells: TelemetryCell[]): Promise<void>
  onGone(nodeId: string): Promise<void>
  log(level: 'info' | 'warn' | 'error', fields: Record<string, unknown>, message: string): void
}

export interface NodeIdentity {
  kind: 'node'
  id: string
  name: string
  workspaceId: string
}

export interface JoinIdentity {
  kind: 'join'
  tokenId: string
  workspaceId: string
  nodeName: string | null
}

export interface HubRefusal {
  kind: 'refused'
  code: 'bad_token' | 'expired_token' | 'used_token' | 'revoked' | 'name_taken'
  message: string
}

export interface HaveRevision {
  revision: number
  hash: string
}

export interface FramesToSend extends HaveRevision {
  text: string
  chunks: Buffer[]
}
