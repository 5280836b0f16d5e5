import type { ControlPlaneProcess } from './control-plane-process.ts'
import { NodeProcess, until } from './node-process.ts'

interface LinkedOptions {
  token?: string
  dataDir?: string
  env?: Record<string, string>
}

export interface NodeStatus {
  revision: number | null
  hash: string | null
  link: string
  link_reason: string | null
  rejected: { revision: number; issues: { path: string; message: string }[] } | null
}

/** A node in a process of its own that dials this hub; without a token it must have a credential in its data directory. */
export function startNodeFor(hubUrl: string, name: string, options: LinkedOptions = {}): Promise<NodeProcess> {
  const { token, dataDir, env } = options
  return NodeProcess.start({
    ...(dataDir === undefined ? {} : { dataDir }),
    env: { SLUICE_CONTROL_PLANE: hubUrl, SLUICE_NODE_NAME: name, SLUICE_STANDALONE: '', ...(token === undefined ? {} : { SLUICE_JOIN_TOKEN: token }), ...env },
  })
}

/** A node that joins with a fresh token. */
export async function joinNode(controlPlane: ControlPlaneProcess, name: string, options: Omit<LinkedOptions, 'token'> = {}): Promise<NodeProcess> {
  return startNodeFor(controlPlane.hubUrl, name, { ...options, token: await controlPlane.joinToken(name) })
}

export async function nodeStatus(node: NodeProcess): Promise<NodeStatus> {
  return (await (await fetch(`${node.status}/status`)).json()) as NodeStatus
}

/** Waits until the node's status fits. */
export function untilStatus(node: NodeProcess, what: string, fits: (status: NodeStatus) => boolean, timeoutMs = 15_000): Promise<NodeStatus> {
  return until(
    `${what}:\n${node.output.slice(-2_000)}`,
    async () => {
      const status = await nodeStatus(node)
      return fits(status) ? status : null
    },
    timeoutMs,
  )
}

export const untilServing = (node: NodeProcess, revision: number, timeoutMs?: number) =>
  untilStatus(node, `revision ${revision}`, (status) => (status.revision ?? -1) >= revision, timeoutMs)
