import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { answersReady, type LocalControlPlane, readListenFile } from './control-plane.ts'
import type { Options } from './options.ts'
import type { PORTS } from './ports.ts'
import type { Supervisor } from './supervisor.ts'

const READY_TIMEOUT_MS = 120_000

export type LocalNode = (typeof PORTS.nodes)[number]

/** Starts a node and waits until it serves the configuration of the control plane. */
export async function startNode(node: LocalNode, context: { options: Options; controlPlane: LocalControlPlane; supervisor: Supervisor }): Promise<void> {
  const { options, controlPlane, supervisor } = context
  const { offset } = options
  const dataDir = join(options.dataDir, node.name)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const tokenFile = join(dataDir, 'join-token')
  const needsToken = controlPlane.isNew || !isEnrolled(dataDir)
  if (needsToken) await controlPlane.command('join-token', '--name', node.name, '--out', tokenFile)
  rmSync(join(dataDir, 'listen.json'), { force: true })
  supervisor.start({
    name: node.name,
    script: 'apps/dataplane/src/main.ts',
    env: {
      SLUICE_WORKERS: '1',
      ...options.node,
      NODE_ENV: 'production',
      SLUICE_DATA_DIR: dataDir,
      SLUICE_NODE_NAME: node.name,
      SLUICE_PROXY_LISTEN: `0.0.0.0:${node.proxy + offset}`,
      SLUICE_PROXY_TLS_LISTEN: `0.0.0.0:${node.tls + offset}`,
      SLUICE_STATUS_LISTEN: `127.0.0.1:${node.status + offset}`,
      SLUICE_CONTROL_PLANE: `ws://${controlPlane.loopback}`,
      ...(needsToken ? { SLUICE_JOIN_TOKEN_FILE: tokenFile } : {}),
    },
    stopGroup: 1,
    isAwaited: true,
  })
  const isReady = async () => (readListenFile(dataDir) !== null && (await answersReady(`http://127.0.0.1:${node.status + offset}/readyz`)) ? true : null)
  await supervisor.untilReady(node.name, isReady, READY_TIMEOUT_MS)
  rmSync(tokenFile, { force: true })
}

/** The node keeps its credential under this name once a control plane has accepted it. */
function isEnrolled(dataDir: string): boolean {
  return existsSync(join(dataDir, 'credential'))
}
