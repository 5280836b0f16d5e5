import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DemoPorts, demoDocument } from '../demo/document.ts'
import type { LocalControlPlane } from './control-plane.ts'
import type { Options } from './options.ts'
import { PORTS, type WantedPort } from './ports.ts'
import type { Supervisor } from './supervisor.ts'

/** What the first start decided: the demo belongs into an empty workspace, and what the operator removes does not come back. */
interface DemoState {
  isImported: boolean
  /** The targets in the configuration have these ports, whatever offset a later start has. */
  ports: DemoPorts
}

/** The demo of `npm start`: entities, the applications behind them, and a small load. */
export class Demo {
  readonly keyFile: string
  readonly #options: Options
  readonly #stateFile: string
  #state: DemoState | null

  constructor(options: Options) {
    this.#options = options
    this.keyFile = join(options.dataDir, 'demo.key')
    // Beside the database: where that is thrown away, the next start is the first one again.
    this.#stateFile = join(options.dataDir, 'control-plane', 'demo.json')
    this.#state = existsSync(this.#stateFile) ? JSON.parse(readFileSync(this.#stateFile, 'utf8')) : null
  }

  get isRunning(): boolean {
    return this.#options.demo && this.#state?.isImported === true
  }

  get #ports(): DemoPorts {
    const { ordersV1, ordersV2, payments } = PORTS.origins
    const { offset } = this.#options
    return this.#state?.ports ?? { ordersV1: ordersV1 + offset, ordersV2: ordersV2 + offset, payments: payments + offset }
  }

  wantedPorts(): WantedPort[] {
    if (!this.#options.demo || this.#state?.isImported === false) return []
    return Object.entries(this.#ports).map(([name, port]) => ({ label: `demo origin ${name}`, port, host: '127.0.0.1' }))
  }

  /** Imports the demo's entities where nobody has configured anything yet. */
  async import(controlPlane: LocalControlPlane): Promise<void> {
    if (!this.#options.demo || this.#state !== null) return
    if (!existsSync(this.keyFile)) writeFileSync(this.keyFile, `demo-${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
    const file = join(controlPlane.dataDir, 'demo.document.json')
    const document = demoDocument({ ports: this.#ports, key: readFileSync(this.keyFile, 'utf8').trim() })
    writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
    const said = await controlPlane.command('import', file, '--only-if-empty', '--message', 'import the demo')
    rmSync(file)
    this.#state = { isImported: said.startsWith('revision'), ports: this.#ports }
    writeFileSync(this.#stateFile, JSON.stringify(this.#state))
  }

  startOrigins(supervisor: Supervisor): void {
    if (!this.isRunning) return
    supervisor.start({ name: 'demo-origins', script: 'scripts/demo/origins.ts', args: Object.values(this.#ports).map(String), env: {}, stopGroup: 2 })
  }

  startLoad(supervisor: Supervisor): void {
    if (!this.isRunning || !this.#options.demoLoad) return
    const proxies = PORTS.nodes.map(({ proxy }) => String(proxy + this.#options.offset))
    supervisor.start({ name: 'demo-load', script: 'scripts/demo/load.ts', args: [this.keyFile, ...proxies], env: {}, stopGroup: 0, mayEnd: true })
  }
}
