import { afterAll, beforeAll, expect, test } from 'vitest'
import { OPERATOR } from '../integration/harness/control-plane-process.ts'
import { Origin } from '../integration/harness/origin.ts'
import type { Dashboard } from './harness/dashboard.ts'
import { soon } from './harness/mode.ts'
import { useStack } from './harness/stack.ts'
import { Caller } from './harness/traffic.ts'

const VISITORS = 2_000
const stack = useStack({ nodes: 2 })
const caller = new Caller()
let v1: Origin
let v2: Origin

beforeAll(async () => {
  v1 = await Origin.start('v1')
  v2 = await Origin.start('v2')
})

afterAll(async () => {
  caller.close()
  await v1?.stop()
  await v2?.stop()
})

/** Goes to a section by the sidebar, as an operator does. */
async function open({ page }: Dashboard, section: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: section }).click()
  await page.getByRole('heading', { level: 1, name: section }).waitFor()
}

async function createService(dashboard: Dashboard): Promise<void> {
  const { page } = dashboard
  await open(dashboard, 'Services')
  await page.getByRole('link', { name: 'New service' }).click()
  await page.getByLabel('Name', { exact: true }).fill('shop')
  await page.getByLabel('Host', { exact: true }).fill('127.0.0.1')
  await page.getByLabel('Port', { exact: true }).fill(String(v1.port))
  await page.getByRole('button', { name: 'Create service' }).click()
  await page.getByRole('heading', { level: 1, name: 'shop' }).waitFor()
}

async function createRoute(dashboard: Dashboard): Promise<void> {
  const { page } = dashboard
  await open(dashboard, 'Routes')
  await page.getByRole('link', { name: 'New route' }).click()
  await page.getByLabel('Name', { exact: true }).fill('shop')
  await page.getByLabel('Service', { exact: true }).fill('sho')
  await page.getByRole('option', { name: 'shop' }).click()
  await page.getByLabel('Paths', { exact: true }).fill('/shop')
  await page.getByLabel('Paths', { exact: true }).press('Enter')
  await page.getByRole('button', { name: 'Create route' }).click()
  await page.getByRole('heading', { level: 1, name: 'shop' }).waitFor()
}

async function protectWithKeys(dashboard: Dashboard): Promise<void> {
  const { page } = dashboard
  await open(dashboard, 'Plugins')
  await page.getByRole('link', { name: 'New plugin' }).click()
  // Of more than thirty plugins the few that are meant, by `/` and a word.
  const search = page.getByRole('searchbox', { name: 'Search plugins' })
  await search.waitFor()
  await search.fill('zzz')
  await page.getByText('No plugin for “zzz”.').waitFor()
  await search.fill('key-auth')
  await page.getByText('1 plugin', { exact: true }).waitFor()
  await page.getByRole('link', { name: /key-auth/ }).click()
  await page.getByLabel('Service', { exact: true }).fill('sho')
  await page.getByRole('option', { name: 'shop' }).click()
  await page.getByRole('button', { name: 'Create plugin' }).click()
  await page.getByRole('heading', { level: 1, name: /key-auth/i }).waitFor()
}

/** Answers the key, which is shown this once. */
async function createConsumerWithKey(dashboard: Dashboard): Promise<string> {
  const { page } = dashboard
  await open(dashboard, 'Consumers')
  await page.getByRole('link', { name: 'New consumer' }).click()
  await page.getByLabel('Username', { exact: true }).fill('mobile-app')
  await page.getByRole('button', { name: 'Create consumer' }).click()
  await page.getByRole('heading', { level: 1, name: 'mobile-app' }).waitFor()
  await page.getByRole('button', { name: 'Add key' }).click()
  await page.getByRole('button', { name: 'Create key' }).click()
  return page.getByLabel('New key').innerText()
}

async function startCanary(dashboard: Dashboard): Promise<void> {
  const { page } = dashboard
  await open(dashboard, 'Services')
  await page.getByRole('link', { name: 'shop', exact: true }).click()
  await page.getByRole('link', { name: 'Canary' }).click()
  await page.getByLabel('Upstream host').fill('127.0.0.1')
  await page.getByLabel('Upstream port').fill(String(v2.port))
  await page.getByLabel('Sticky by').selectOption({ label: 'Header' })
  await page.getByLabel('Hash header').fill('x-visitor')
  await page.getByRole('button', { name: 'Start canary' }).click()
  await page.getByRole('slider', { name: 'Canary weight' }).waitFor()
}

/** The line under the slider once both nodes serve the weight. */
async function untilServed({ page }: Dashboard, weight: string): Promise<void> {
  const receipt = page.getByRole('region', { name: 'Weight' }).getByRole('status')
  await soon(() => receipt.innerText()).toMatch(new RegExp(`^${weight.replace('.', '\\.')} % applied by 2 of 2 nodes in [\\d.]+ m?s`))
}

async function setByField(dashboard: Dashboard, weight: string): Promise<void> {
  const { page } = dashboard
  await page.getByLabel('Canary weight in per cent').fill(weight)
  await page.getByRole('button', { name: /^Apply/ }).click()
  await untilServed(dashboard, weight)
}

/** Moves the slider by keyboard: to the start, then in steps of ten and of one. */
async function setBySlider(dashboard: Dashboard, weight: number): Promise<void> {
  const slider = dashboard.page.getByRole('slider', { name: 'Canary weight' })
  await slider.focus()
  await slider.press('Home')
  for (let tens = 0; tens < Math.floor(weight / 10); tens += 1) await slider.press('Alt+ArrowRight')
  for (let ones = 0; ones < weight % 10; ones += 1) await slider.press('Shift+ArrowRight')
  expect(await slider.getAttribute('aria-valuenow')).toBe(String(weight))
  await slider.press('Enter')
  await untilServed(dashboard, weight.toFixed(1))
}

/** The visitors, by number, that a node sends to v2. */
async function visitorsAtV2(proxy: string, key: string): Promise<Set<number>> {
  const answers = await caller.many(VISITORS, (index) => caller.get(`${proxy}/shop`, { apikey: key, 'x-visitor': `visitor-${index}` }))
  expect(answers.filter(({ status }) => status !== 200).map(({ status, body }) => `${status} ${body}`)).toEqual([])
  return new Set(answers.flatMap(({ body }, index) => (body === 'v2' ? [index] : [])))
}

test('service, route, key and canary are made in the dashboard, both nodes carry them, and a raised share takes nobody back', async () => {
  const dashboard = await stack.visit()
  await dashboard.signIn(OPERATOR)
  await createService(dashboard)
  await createRoute(dashboard)
  await stack.untilApplied()
  for (const { proxy } of stack.nodes) expect(await caller.get(`${proxy}/shop`)).toMatchObject({ status: 200, body: 'v1' })

  await protectWithKeys(dashboard)
  const key = await createConsumerWithKey(dashboard)
  await stack.untilApplied()
  for (const { proxy } of stack.nodes) {
    expect(await caller.get(`${proxy}/shop`)).toMatchObject({ status: 401 })
    expect(await caller.get(`${proxy}/shop`, { apikey: `${key}x` })).toMatchObject({ status: 401 })
    expect(await caller.get(`${proxy}/shop`, { apikey: key })).toMatchObject({ status: 200, body: 'v1' })
  }

  await startCanary(dashboard)
  await untilServed(dashboard, '0.0')
  for (const { proxy } of stack.nodes) expect((await visitorsAtV2(proxy, key)).size).toBe(0)

  await setBySlider(dashboard, 25)
  const [first, second] = await Promise.all(stack.nodes.map(({ proxy }) => visitorsAtV2(proxy, key)))
  expect((first?.size ?? 0) / VISITORS).toBeGreaterThanOrEqual(0.22)
  expect((first?.size ?? 0) / VISITORS).toBeLessThanOrEqual(0.28)
  // A visitor is on the same side at every node.
  expect(second).toEqual(first)

  await setByField(dashboard, '50.0')
  for (const { proxy } of stack.nodes) {
    const after = await visitorsAtV2(proxy, key)
    expect([...(first ?? [])].filter((visitor) => !after.has(visitor))).toEqual([])
    expect(after.size / VISITORS).toBeGreaterThanOrEqual(0.47)
    expect(after.size / VISITORS).toBeLessThanOrEqual(0.53)
  }
  expect(await dashboard.serious()).toEqual([])
})
