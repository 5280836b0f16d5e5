import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from './options.ts'
import { PORTS } from './ports.ts'
import type { Supervisor } from './supervisor.ts'

const READY_TIMEOUT_MS = 120_000
const SET_UP = /^Set up Sluice: (\S+)/

/** The control plane of `npm start`: a child, and the commands that work on its database beside it. */
export class LocalControlPlane {
  readonly dataDir: string
  readonly address: { host: string; port: number }
  /** Nothing was there before this start: nodes that an earlier one had accepted are strangers to it. */
  readonly isNew: boolean
  /** The one-time link that makes the first operator; null where there is one already. */
  setUpLink: string | null = null
  readonly #env: Record<string, string>

  constructor(options: Options) {
    this.dataDir = join(options.dataDir, 'control-plane')
    this.isNew = !existsSync(this.dataDir)
    const listen = options.controlPlane.SLUICE_ADMIN_LISTEN ?? `127.0.0.1:${PORTS.dashboard + options.offset}`
    this.address = { host: listen.slice(0, listen.lastIndexOf(':')), port: Number(listen.slice(listen.lastIndexOf(':') + 1)) }
    const mode = options.development ? 'development' : 'production'
    this.#env = { ...options.controlPlane, NODE_ENV: mode, SLUICE_DATA_DIR: this.dataDir, SLUICE_ADMIN_LISTEN: listen }
  }

  /** Where this machine's own processes reach it, whatever it listens on. */
  get loopback(): string {
    const anywhere = ['0.0.0.0', '[::]', 'localhost']
    return `${anywhere.includes(this.address.host) ? '127.0.0.1' : this.address.host}:${this.address.port}`
  }

  get dashboard(): string {
    return this.#env.SLUICE_PUBLIC_URL ?? `http://localhost:${this.address.port}`
  }

  async start(supervisor: Supervisor): Promise<void> {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 })
    const listenFile = join(this.dataDir, 'listen.json')
    rmSync(listenFile, { force: true })
    supervisor.start({
      name: 'control-plane',
      script: 'apps/admin/server.ts',
      env: this.#env,
      stopGroup: 2,
      isAwaited: true,
      // The link lets its reader in: it belongs on the terminal, not into a file that stays.
      onLine: (line) => this.#read(line),
    })
    const isReady = async () => (existsSync(listenFile) && (await answersReady(`http://${this.loopback}/readyz`)) ? true : null)
    await supervisor.untilReady('control-plane', isReady, READY_TIMEOUT_MS)
  }

  #read(line: string): boolean {
    const link = SET_UP.exec(line)?.[1]
    if (link === undefined) return false
    // One that was started again has ended the former link.
    if (this.setUpLink !== null) console.log(`\n  Set up     ${link}  (the former link has ended)\n`)
    this.setUpLink = link
    return true
  }

  /** Runs one of the control plane's commands on the database of the one that runs; answers what it printed. */
  command(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('node', ['--disable-warning=ExperimentalWarning', 'apps/admin/src/cli/main.ts', ...args], { env: { ...process.env, ...this.#env } }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim())
        else reject(new Error(`control-plane ${args[0]} failed: ${stderr.trim() || error.message}`))
      })
    })
  }
}

export async function answersReady(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
}

/** The addresses that a process has written once it listens. */
export function readListenFile(dataDir: string): Record<string, string | null> | null {
  const file = join(dataDir, 'listen.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}
