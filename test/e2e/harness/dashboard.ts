import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, ConsoleMessage, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { STEP_TIMEOUT_MS } from './mode.ts'

export interface Credentials {
  email: string
  password: string
}

export interface DashboardOptions {
  base: string
  theme?: 'light' | 'dark'
  width?: number
  height?: number
}

const CLOSE_MS_MAX = 30_000

/** How Chromium reports a reply with an error status; the page cannot keep it out of the console. */
const REFUSAL = /^Failed to load resource: the server responded with a status of (\d{3})/
const OUTAGE = /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET|NETWORK_CHANGED|ABORTED|SOCKET_NOT_CONNECTED)/

/**
 * One operator's browser with a fresh profile. It remembers every complaint of the console, every report of the content security
 * policy and every request that left this machine; `close` fails on any that the test did not announce.
 */
export class Dashboard {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #base: string
  readonly #complaints: string[] = []
  readonly #refusals = new Set<number>()
  #mayBeAway = false
  #mayBeMissing = false

  private constructor(context: BrowserContext, page: Page, base: string) {
    this.#context = context
    this.page = page
    this.#base = base
    page.on('console', (message) => this.#hear(message))
    page.on('pageerror', (error) => this.#complaints.push(`uncaught: ${error.stack ?? error.message}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.host !== new URL(base).host) this.#complaints.push(`a request left for ${request.url()}`)
    })
  }

  static async open(browser: Browser, { base, theme = 'light', width = 1440, height = 900 }: DashboardOptions): Promise<Dashboard> {
    const context = await browser.newContext({ baseURL: base, colorScheme: theme, viewport: { width, height }, reducedMotion: 'reduce', locale: 'en-GB' })
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI} at ${event.sourceFile}`))
    })
    context.setDefaultTimeout(STEP_TIMEOUT_MS)
    return new Dashboard(context, await context.newPage(), base)
  }

  #hear(message: ConsoleMessage): void {
    if (message.type() !== 'error') return
    const text = message.text()
    const from = message.location().url
    const status = Number(REFUSAL.exec(text)?.[1])
    if (this.#refusals.has(status) && from.includes('/api/trpc/')) return
    if (this.#mayBeMissing && status === 404 && !from.includes('/api/')) return
    if (this.#mayBeAway && (OUTAGE.test(text) || status === 503)) return
    this.#complaints.push(`${text} (${from})`)
  }

  /** Announces that the API will refuse something with this status. */
  expectRefusal(...statuses: number[]): void {
    for (const status of [...statuses, 207]) this.#refusals.add(status)
  }

  /** Announces that a page will be opened that is not there. */
  expectMissingPage(): void {
    this.#mayBeMissing = true
  }

  /** Announces that the control plane will be away for a while. */
  expectOutage(): void {
    this.#mayBeAway = true
  }

  /** What the page says has gone wrong; Next.js keeps an alert of its own for the titles of pages. */
  get alert(): Locator {
    return this.page.locator('[role="alert"]:not(#__next-route-announcer__)')
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.#base).href)
  }

  async signIn({ email, password }: Credentials): Promise<void> {
    await this.goto('/sign-in')
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
    await this.page.waitForURL((url) => url.pathname === '/')
  }

  /** Gives this browser the session of an API client, without the form. */
  async useSession(cookie: string): Promise<void> {
    const [name = '', value = ''] = cookie.split('=', 2)
    await this.#context.addCookies([{ name, value, url: this.#base, httpOnly: true, sameSite: 'Lax' }])
  }

  /** Opens a page of the console and waits until it shows what it has, not that it is loading. */
  async show(path: string): Promise<void> {
    await this.goto(path)
    await this.settle()
  }

  /** Goes to a page that does nothing. What was on its way for the page before is no complaint. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank')
    this.takeComplaints()
  }

  async settle(): Promise<void> {
    await this.page.locator('main h1').first().waitFor()
    await this.page.waitForFunction(() => document.querySelector('main [aria-busy="true"], main .skel') === null && document.fonts.status === 'loaded')
  }

  /** What axe calls serious or critical, one line per element; by these rules alone where some are named. */
  async serious(rules: string[] = []): Promise<string[]> {
    // Without the legacy mode axe opens a page of its own for frames of other origins, which the dashboard does not have.
    const axe = new AxeBuilder({ page: this.page }).setLegacyMode(true)
    const { violations } = await (rules.length === 0 ? axe : axe.withRules(rules)).analyze()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? node.failureSummary ?? ''}`))
  }

  /** Elements that make the page wider than its window; parts that scroll by themselves are their own affair. */
  async tooWide(): Promise<string[]> {
    return this.page.evaluate(() => {
      const width = document.documentElement.clientWidth
      if (document.documentElement.scrollWidth <= width) return []
      const wide = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > width + 1)
      return [`the page is ${document.documentElement.scrollWidth} px wide in a window of ${width} px`, ...wide.slice(-5).map((element) => element.outerHTML.slice(0, 160))]
    })
  }

  /** Kept where SLUICE_SCREENSHOTS names a folder. */
  async screenshot(name: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
    const folder = env.SLUICE_SCREENSHOTS
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await this.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  /** What it complained of so far; whoever takes it answers for it. */
  takeComplaints(): string[] {
    return this.#complaints.splice(0)
  }

  async close(): Promise<void> {
    // Chromium was seen never to answer on a busy machine; the context then ends with its browser.
    const { promise: tooLong, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, CLOSE_MS_MAX)
    await Promise.race([this.#context.close(), tooLong])
    clearTimeout(timer)
    expect(this.#complaints).toEqual([])
  }
}
