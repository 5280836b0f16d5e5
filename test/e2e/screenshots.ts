// Makes the pictures of the README: the demo of `npm start` on ports of its own, with its load, as it stands after some minutes.
// node test/e2e/screenshots.ts (after the dashboard was built)
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { until } from '../integration/harness/node-process.ts'
import { launchBrowser } from './harness/browser.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/images')
const OFFSET = 20_000
const BASE = `http://localhost:${3000 + OFFSET}`
const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
/** Until the charts, which show five minutes, are mostly filled; the weight is raised on the way, so that they have something to tell. */
const BEFORE_S = 120
const AFTER_S = 120
const START_TIMEOUT_MS = 240_000

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))

async function signIn(browser: Browser, theme: 'light' | 'dark'): Promise<Page> {
  const context = await browser.newContext({ baseURL: BASE, colorScheme: theme, viewport: { width: 1440, height: 900 }, deviceScaleFactor: 2, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(OPERATOR.email)
  await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname === '/')
  return page
}

async function openCanary(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Services' }).click()
  await page.getByRole('link', { name: 'orders', exact: true }).click()
  await page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name: 'Canary' }).click()
  await page.getByRole('slider', { name: 'Canary weight' }).waitFor()
}

async function raise(page: Page, weight: string): Promise<void> {
  await page.getByLabel('Canary weight in per cent').fill(weight)
  await page.getByRole('button', { name: /^Apply/ }).click()
  await page.getByText(/% applied by 2 of 2 nodes in/).waitFor()
}

async function take(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await openCanary(page)
  // A wish that is not sent yet, with what it would do.
  await page.getByLabel('Canary weight in per cent').fill('40')
  await pause(5)
  await page.screenshot({ path: join(FOLDER, `rollout-${theme}.png`) })
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await pause(5)
  await page.screenshot({ path: join(FOLDER, `overview-${theme}.png`) })
}

const dataDir = mkdtempSync(join(tmpdir(), 'sluice-screenshots-'))
const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/launch/main.ts'], {
  cwd: ROOT,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
    SLUICE_PORT_OFFSET: String(OFFSET),
    SLUICE_DATA_DIR: dataDir,
    SLUICE_BOOTSTRAP_EMAIL: OPERATOR.email,
    SLUICE_BOOTSTRAP_PASSWORD: OPERATOR.password,
  },
})
const ended = new Promise<void>((resolve) => started.once('exit', () => resolve()))
const browser = await launchBrowser()
try {
  mkdirSync(FOLDER, { recursive: true })
  const isReady = async () => (started.exitCode !== null || (await fetch(`http://127.0.0.1:${8110 + OFFSET}/readyz`).catch(() => null))?.ok === true ? true : null)
  await until('everything to be ready', isReady, START_TIMEOUT_MS)
  if (started.exitCode !== null) throw new Error('the launcher ended before everything was ready')
  const light = await signIn(browser, 'light')
  await pause(BEFORE_S)
  await openCanary(light)
  await raise(light, '25')
  await pause(AFTER_S)
  await take(light, 'light')
  await take(await signIn(browser, 'dark'), 'dark')
} finally {
  await browser.close()
  started.kill('SIGTERM')
  await ended
  rmSync(dataDir, { recursive: true, force: true })
}
