import type { ControlPlaneProcess } from '../../integration/harness/control-plane-process.ts'
import { NodeProcess } from '../../integration/harness/node-process.ts'

/** A node in a process of its own that enrols with a fresh join token. */
export async function startLinkedNode(controlPlane: ControlPlaneProcess, name: string): Promise<NodeProcess> {
  const token = await controlPlane.joinToken(name)
  return NodeProcess.start({ env: { SLUICE_CONTROL_PLANE: controlPlane.hubUrl, SLUICE_JOIN_TOKEN: token, SLUICE_NODE_NAME: name, SLUICE_STANDALONE: '' } })
}
