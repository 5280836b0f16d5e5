import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { ApiClient } from '../../integration/harness/api-client.ts'
import { type ControlPlaneOptions, ControlPlaneProcess } from '../../integration/harness/control-plane-process.ts'
import { startNodeFor } from '../../integration/harness/linked-node.ts'
import { type NodeProcess, until } from '../../integration/harness/node-process.ts'
import { launchBrowser } from './browser.ts'
import { Dashboard, type DashboardOptions } from './dashboard.ts'
import { dashboardMode } from './mode.ts'

interface StackOptions extends Pick<ControlPlaneOptions, 'bootstrap' | 'env'> {
  /** How many nodes are enrolled before the first test. */
  nodes?: number
}

/** A node that lost its control plane waits longer before each try; after an outage of some seconds it may be away for as long again. */
const RECONNECT_MS_MAX = 70_000

type Look = Omit<DashboardOptions, 'base'>

/** A control plane with its dashboard and a browser, for all tests of a file. */
export class Stack {
  readonly #options: StackOptions
  #controlPlane: ControlPlaneProcess | null = null
  #browser: Browser | null = null
  #open: Dashboard[] = []
  #api: Promise<ApiClient> | null = null
  readonly nodes: NodeProcess[] = []

  constructor(options: StackOptions) {
    this.#options = options
  }

  get controlPlane(): ControlPlaneProcess {
    if (this.#controlPlane === null) throw new Error('the control plane is there from beforeAll on')
    return this.#controlPlane
  }

  /** One session for all that a test does beside the browser; each sign-in counts until its password was found right. */
  get api(): Promise<ApiClient> {
    this.#api ??= this.controlPlane.api()
    return this.#api
  }

  async start(): Promise<void> {
    try {
      await this.#startAll()
    } catch (error) {
      // Nothing may be left running where the hook that would stop it never comes.
      await this.stop()
      throw error
    }
  }

  async #startAll(): Promise<void> {
    const { nodes = 0 } = this.#options
    this.#browser = await launchBrowser()
    await this.startControlPlane()
    for (let index = 1; index <= nodes; index += 1) await this.startNode(`node-${index}`)
    if (nodes > 0) await this.untilApplied()
  }

  /** Starts one more node, with a join token of its own where none is given. */
  async startNode(name: string, token?: string): Promise<void> {
    const { hubUrl } = this.controlPlane
    this.nodes.push(await startNodeFor(hubUrl, name, { token: token ?? (await this.controlPlane.joinToken(name)) }))
  }

  /** Kills the control plane under its pages; PostgreSQL and the nodes run on. */
  async killControlPlane(): Promise<void> {
    await this.controlPlane.kill()
  }

  /** Starts it again at the same address, on the same data. */
  async startControlPlane(): Promise<void> {
    const { dataDir, port } = this.#controlPlane ?? { dataDir: undefined, port: 0 }
    this.#controlPlane = await ControlPlaneProcess.start({
      dashboard: 'on',
      bootstrap: this.#options.bootstrap ?? true,
      env: { NODE_ENV: dashboardMode(), NEXT_TELEMETRY_DISABLED: '1', ...this.#options.env },
      ...(dataDir === undefined ? {} : { dataDir, port }),
    })
  }

  /** Waits until every node serves the newest revision. */
  async untilApplied(): Promise<void> {
    const api = await this.api
    await until(
      'every node to serve the newest revision',
      async () => {
        const { nodes_total, nodes_applied } = await api.query('workspace.current')
        return nodes_total === this.nodes.length && nodes_applied === nodes_total ? true : null
      },
      RECONNECT_MS_MAX,
    )
  }

  /** A browser of its own with nobody signed in. Closed after the test, which fails on what it complained of. */
  async visit(options: Look = {}): Promise<Dashboard> {
    const dashboard = await this.#openBrowser(options)
    this.#open.push(dashboard)
    return dashboard
  }

  /** The same with a session of the operator. */
  async signedIn(options: Look = {}): Promise<Dashboard> {
    const dashboard = await this.signedInForAll(options)
    this.#open.push(dashboard)
    return dashboard
  }

  /** A browser with a session that whoever opens it closes, such as one for all tests of a file. */
  async signedInForAll(options: Look = {}): Promise<Dashboard> {
    const { cookie } = await this.api
    const dashboard = await this.#openBrowser(options)
    await dashboard.useSession(cookie ?? '')
    return dashboard
  }

  #openBrowser(options: Look): Promise<Dashboard> {
    if (this.#browser === null) throw new Error('the browser is there from beforeAll on')
    return Dashboard.open(this.#browser, { base: this.controlPlane.url, ...options })
  }

  async closeAll(): Promise<void> {
    const open = this.#open
    this.#open = []
    const outcomes = await Promise.allSettled(open.map((dashboard) => dashboard.close()))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async stop(): Promise<void> {
    await this.#browser?.close()
    await Promise.all(this.nodes.splice(0).map((node) => node.stop()))
    await this.#controlPlane?.stop()
    this.#controlPlane = null
    this.#api = null
  }
}

/** Starts before the first test of the file and stops after the last; each test begins with no browser open. */
export function useStack(options: StackOptions = {}): Stack {
  const stack = new Stack(options)
  beforeAll(() => stack.start())
  afterEach(() => stack.closeAll())
  afterAll(() => stack.stop())
  return stack
}
