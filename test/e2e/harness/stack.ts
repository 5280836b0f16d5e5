import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { ApiClient } from '../../integration/harness/api-client.ts'
import { type ControlPlaneOptions, ControlPlaneProcess, OPERATOR } from '../../integration/harness/control-plane-process.ts'
import { launchBrowser } from './browser.ts'
import { Dashboard, type DashboardOptions } from './dashboard.ts'
import { dashboardMode } from './mode.ts'

interface StackOptions extends Pick<ControlPlaneOptions, 'bootstrap' | 'env'> {
  /** How many nodes are enrolled before the first test. */
  nodes?: number
}

/** A control plane with its dashboard and a browser, for all tests of a file. */
export class Stack {
  readonly #options: StackOptions
  #controlPlane: ControlPlaneProcess | null = null
  #browser: Browser | null = null
  #open: Dashboard[] = []

  constructor(options: StackOptions) {
    this.#options = options
  }

  get controlPlane(): ControlPlaneProcess {
    if (this.#controlPlane === null) throw new Error('the control plane is there from beforeAll on')
    return this.#controlPlane
  }

  get api(): Promise<ApiClient> {
    return this.controlPlane.api()
  }

  async start(): Promise<void> {
    const { bootstrap, env } = this.#options
    this.#browser = await launchBrowser()
    this.#controlPlane = await ControlPlaneProcess.start({
      dashboard: 'on',
      bootstrap: bootstrap ?? true,
      env: { NODE_ENV: dashboardMode(), NEXT_TELEMETRY_DISABLED: '1', ...env },
    })
  }

  /** A browser of its own with nobody signed in. Closed after the test, which fails on what it complained of. */
  async visit(options: Omit<DashboardOptions, 'base'> = {}): Promise<Dashboard> {
    if (this.#browser === null) throw new Error('the browser is there from beforeAll on')
    const dashboard = await Dashboard.open(this.#browser, { base: this.controlPlane.url, ...options })
    this.#open.push(dashboard)
    return dashboard
  }

  /** The same with the operator signed in. */
  async signedIn(options: Omit<DashboardOptions, 'base'> = {}): Promise<Dashboard> {
    const dashboard = await this.visit(options)
    await dashboard.signIn(OPERATOR)
    return dashboard
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
    await this.#controlPlane?.stop()
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
