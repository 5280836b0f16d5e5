import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Origin } from '../integration/harness/origin.ts'
import type { Dashboard } from './harness/dashboard.ts'
import { soon } from './harness/mode.ts'
import { idOf, importSeed } from './harness/seed.ts'
import { useStack } from './harness/stack.ts'
import { Caller } from './harness/traffic.ts'

const stack = useStack({ nodes: 2 })
const caller = new Caller()
let stable: Origin
let canary: Origin

beforeAll(async () => {
  stable = await Origin.start('orders-v1')
  canary = await Origin.start('orders-v2')
})

afterAll(async () => {
  caller.close()
  await stable?.stop()
  await canary?.stop()
})

/** Each test begins with the same configuration, whatever the one before left. */
beforeEach(async () => {
  await importSeed(await stack.api, { stable: stable.port, canary: canary.port })
})

const pathOf = async (plural: string, name: string) => `/${plural}/${await idOf(await stack.api, plural, name)}`

/** Opens an entity on the tab with its form. */
async function openForm(dashboard: Dashboard, plural: string, name: string): Promise<void> {
  await dashboard.show(await pathOf(plural, name))
  const tab = dashboard.page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name: 'Configuration' })
  if ((await tab.count()) > 0) await tab.click()
  await dashboard.page.getByRole('button', { name: 'Save changes' }).waitFor()
}

/** The texts that a field is described by: its help, and what is wrong with it. */
async function describedAs(dashboard: Dashboard, label: string): Promise<string> {
  const ids = await dashboard.page.getByLabel(label, { exact: true }).getAttribute('aria-describedby')
  const texts = await Promise.all((ids ?? '').split(' ').map((id) => dashboard.page.locator(`[id="${id}"]`).innerText()))
  return texts.join(' ')
}

const save = ({ page }: Dashboard) => page.getByRole('button', { name: 'Save changes' }).click()

describe('two operators', () => {
  test('the second to save the same route is told so with both versions, and nothing of the first is overwritten', async () => {
    const [first, second] = [await stack.signedIn(), await stack.signedIn()]
    second.expectRefusal(409)
    await openForm(first, 'routes', 'orders')
    await openForm(second, 'routes', 'orders')
    await second.page.getByLabel('HTTPS redirect status', { exact: true }).selectOption('307')
    await first.page.getByLabel('HTTPS redirect status', { exact: true }).selectOption('301')
    await save(first)
    await first.page.getByText(/^Saved as r\d+/).waitFor()
    await save(second)
    await second.page.getByRole('heading', { name: 'Not saved' }).waitFor()
    const versions = await second.page.getByRole('row', { name: /https_redirect_status_code/ }).innerText()
    expect(versions).toMatch(/307[\s\S]*301/)
    expect(await second.serious()).toEqual([])
    const stored = await (await stack.api).query<{ https_redirect_status_code: number }>('routes.get', { id: await idOf(await stack.api, 'routes', 'orders') })
    expect(stored.https_redirect_status_code).toBe(301)
    await second.page.getByRole('button', { name: 'Load the saved version' }).click()
    await soon(() => second.page.getByLabel('HTTPS redirect status', { exact: true }).inputValue()).toBe('301')
    await second.page.getByLabel('HTTPS redirect status', { exact: true }).selectOption('307')
    await save(second)
    await second.page.getByText(/^Saved as r\d+/).waitFor()
  })

  test('what one of them makes appears on the page of the other without a reload', async () => {
    const [maker, watcher] = [await stack.signedIn(), await stack.signedIn()]
    await watcher.show('/services')
    await maker.show('/services/new')
    await maker.page.getByLabel('Name', { exact: true }).fill('made-elsewhere')
    await maker.page.getByLabel('Host', { exact: true }).fill('example.com')
    await maker.page.getByRole('button', { name: 'Create service' }).click()
    await watcher.page.getByRole('link', { name: 'made-elsewhere', exact: true }).waitFor()
  })

  test('a slider moved elsewhere holds back the wish made here until it is decided on', async () => {
    const [first, second] = [await stack.signedIn(), await stack.signedIn()]
    const path = `${await pathOf('services', 'orders')}/canary`
    await first.show(path)
    await second.show(path)
    await second.page.getByLabel('Canary weight in per cent').fill('60')
    await first.page.getByLabel('Canary weight in per cent').fill('40')
    await first.page.getByRole('button', { name: /^Apply/ }).click()
    await second.page.getByText(/The canary moved to 40\.0 %/).waitFor()
    expect(await second.page.getByRole('button', { name: /^Apply/ }).isEnabled()).toBe(false)
    expect(await second.serious()).toEqual([])
    await second.page.getByRole('button', { name: 'Leave it at 40.0 %' }).click()
    await soon(() => second.page.getByRole('slider', { name: 'Canary weight' }).getAttribute('aria-valuenow')).toBe('40')
  })
})

describe('what is typed', () => {
  test('is not lost by a link: the page asks first, and staying keeps it', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await openForm(dashboard, 'services', 'orders')
    await page.getByLabel('Retries', { exact: true }).fill('9')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Routes' }).click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await question.waitFor()
    expect(await dashboard.serious()).toEqual([])
    await question.getByRole('button', { name: 'Stay' }).click()
    expect(await page.getByLabel('Retries', { exact: true }).inputValue()).toBe('9')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Routes' }).click()
    await question.getByRole('button', { name: 'Leave' }).click()
    await page.waitForURL((url) => url.pathname === '/routes')
    const stored = await (await stack.api).query<{ retries: number }>('services.get', { id: await idOf(await stack.api, 'services', 'orders') })
    expect(stored.retries).toBe(5)
  })

  test('can be taken back after it was saved', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await openForm(dashboard, 'services', 'orders')
    await page.getByLabel('Retries', { exact: true }).fill('9')
    await save(dashboard)
    await page.getByText(/applied by 2 of 2 nodes/).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await soon(() => page.getByLabel('Retries', { exact: true }).inputValue()).toBe('5')
  })

  test.each([
    ['services', 'service', { Name: 'new', Host: '' }, 'Host', /Write a value/],
    ['services', 'service', { Name: 'new', Host: 'exa mple' }, 'Host', /host/i],
    ['services', 'service', { Name: 'new', Host: 'example.com', Port: '70000' }, 'Port', /65,?535/],
    ['services', 'service', { Name: 'new', Host: 'example.com', Path: 'no-slash' }, 'Path', /start with \//],
    ['services', 'service', { Name: 'orders', Host: 'example.com' }, 'Name', /orders|taken|unique|already/i],
    ['routes', 'route', { Name: 'new', Paths: '//twice' }, 'Paths', /empty segment/],
    ['routes', 'route', { Name: 'new', Paths: '~/(a+)+\\1$' }, 'Paths', /./],
    ['routes', 'route', { Name: 'new' }, 'Paths', /must set one of/],
    ['upstreams', 'upstream', { Name: '10.0.0.1' }, 'Name', /host name/],
    ['consumers', 'consumer', { Username: 'demo-shop' }, 'Username', /demo-shop|taken|unique|already/i],
  ] as const)('%s: a wrong %s %j is refused at the field %s, and nothing is written', async (plural, noun, values, label, message) => {
    const dashboard = await stack.signedIn()
    dashboard.expectRefusal(400, 409)
    const { page } = dashboard
    const api = await stack.api
    const { revision } = await api.query('workspace.current')
    await dashboard.show(`/${plural}/new`)
    for (const [name, value] of Object.entries(values)) {
      await page.getByLabel(name, { exact: true }).fill(value)
      if (name === 'Paths') await page.getByLabel(name, { exact: true }).press('Enter')
    }
    await page.getByRole('button', { name: `Create ${noun}` }).click()
    await soon(() => page.getByLabel(label, { exact: true }).getAttribute('aria-invalid')).toBe('true')
    expect(await describedAs(dashboard, label)).toMatch(message)
    await soon(() => page.getByLabel(label, { exact: true }).evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await dashboard.serious()).toEqual([])
    expect((await api.query('workspace.current')).revision).toBe(revision)
  })
})

describe('deleting', () => {
  test('a service shows what depends on it, wants its name, and can be kept', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(await pathOf('services', 'orders'))
    await page.getByRole('button', { name: 'Delete service' }).click()
    const question = page.getByRole('dialog')
    for (const name of ['orders-by-number', 'canary', 'correlation-id']) await question.getByText(name).waitFor()
    expect(await question.getByRole('button', { name: 'Delete service' }).isEnabled()).toBe(false)
    expect(await dashboard.serious()).toEqual([])
    await question.getByRole('button', { name: 'Keep it' }).click()
    await question.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Delete service' }).click()
    await question.getByLabel(/to confirm$/).fill('orders')
    await question.getByRole('button', { name: 'Delete service' }).click()
    await page.waitForURL((url) => url.pathname === '/services')
    await page.getByText(/^Deleted service orders as r\d+/).waitFor()
    const { items } = await (await stack.api).query<{ items: { name: string }[] }>('routes.list', { limit: 500 })
    expect(items.map(({ name }) => name)).not.toContain('orders')
    await stack.untilApplied()
    for (const { proxy } of stack.nodes) expect((await caller.get(`${proxy}/orders`)).status).toBe(404)
  })

  test('an upstream names the services that would go on without it', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(await pathOf('upstreams', 'payments-v1'))
    await page.getByRole('button', { name: 'Delete upstream' }).click()
    await page.getByRole('dialog').getByText('payments', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })
})

describe('the key of a consumer', () => {
  test('is shown once, works at the nodes, and is nowhere in the page afterwards', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(await pathOf('consumers', 'a caller with no key'))
    await page.getByRole('button', { name: 'Add key' }).click()
    await page.getByRole('button', { name: 'Create key' }).click()
    const key = await page.getByLabel('New key').innerText()
    expect(key.length).toBeGreaterThanOrEqual(20)
    expect(await dashboard.serious()).toEqual([])
    await stack.untilApplied()
    const headers = { apikey: key, host: 'pay.example.com' }
    for (const { proxy } of stack.nodes) expect((await caller.get(`${proxy}/payments`, headers)).status).toBe(200)
    await page.reload()
    await dashboard.settle()
    expect(await page.content()).not.toContain(key)
  })
})

describe('the slider by keyboard', () => {
  test('arrows wish, Escape gives up, and only Enter sends', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(`${await pathOf('services', 'orders')}/canary`)
    const slider = page.getByRole('slider', { name: 'Canary weight' })
    await soon(() => slider.getAttribute('aria-valuenow')).toBe('10')
    await slider.focus()
    for (const [key, value] of [
      ['ArrowRight', '10.1'],
      ['Shift+ArrowRight', '11.1'],
      ['Alt+ArrowRight', '21.1'],
      ['ArrowLeft', '21'],
      ['End', '100'],
      ['Home', '0'],
      ['Escape', '10'],
    ] as const) {
      await slider.press(key)
      expect(await slider.getAttribute('aria-valuenow')).toBe(value)
    }
    const { revision } = await (await stack.api).query('workspace.current')
    await slider.press('ArrowRight')
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/10\.1 per cent.*10\.0 per cent/)
    expect((await (await stack.api).query('workspace.current')).revision).toBe(revision)
    await slider.press('Enter')
    await page.getByText(/10\.1 % applied by 2 of 2 nodes/).waitFor()
  })

  test('Abort takes everything back at once and offers to undo that', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(`${await pathOf('services', 'orders')}/canary`)
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByText(/0\.0 % applied by 2 of 2 nodes/).waitFor()
    await page.getByRole('button', { name: /^Undo/ }).click()
    await page.getByText(/10\.0 % applied by 2 of 2 nodes/).waitFor()
  })
})

describe('what was', () => {
  test('a former revision is shown before it is restored, and the nodes serve it again', async () => {
    const api = await stack.api
    const { revision } = await api.query('workspace.current')
    const id = await idOf(api, 'routes', 'orders')
    const route = await api.query<{ revision: number }>('routes.get', { id })
    await api.mutate('routes.update', { id, value: { paths: ['/moved'] }, revision: route.revision })
    await stack.untilApplied()
    expect((await caller.get(`${stack.nodes[0]?.proxy}/orders`)).status).toBe(404)
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show(`/revisions/${revision}`)
    await page.getByRole('button', { name: /^Restore/ }).click()
    await page.getByRole('dialog').getByText('/moved').first().waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
    await soon(async () => (await caller.get(`${stack.nodes[0]?.proxy}/orders`)).status).toBe(200)
    await stack.untilApplied()
  })
})

describe('nodes', () => {
  test('a revision that nodes reject is told with the reason, and traffic goes on', async () => {
    const api = await stack.api
    const id = await idOf(api, 'upstreams', 'orders-v1')
    const { revision } = await api.query<{ revision: number }>('upstreams.get', { id })
    await api.mutate('upstreams.update', { id, value: { algorithm: 'least-connections' }, revision })
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show('/nodes')
    await page.getByText('2 rejected').first().waitFor()
    await page
      .getByText(/upstreams\[orders-v1\]\.algorithm/)
      .first()
      .waitFor()
    expect(await dashboard.serious()).toEqual([])
    for (const { proxy } of stack.nodes) expect((await caller.get(`${proxy}/orders`)).status).toBe(200)
  })

  test('joining one takes a name and one command, and the page tells when it is there', async () => {
    const dashboard = await stack.signedIn()
    const { page } = dashboard
    await dashboard.show('/nodes')
    await page.getByRole('button', { name: 'Join a node' }).click()
    await page.getByLabel('Name', { exact: true }).fill('not a name')
    await page.getByRole('button', { name: 'Make the command' }).click()
    await soon(() => page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Name', { exact: true }).fill('node-3')
    await page.getByRole('button', { name: 'Make the command' }).click()
    const command = await page.getByRole('region', { name: 'Join a node' }).locator('pre').innerText()
    expect(command).toMatch(/SLUICE_CONTROL_PLANE=ws:\/\/\S+ SLUICE_JOIN_TOKEN=\S+ SLUICE_NODE_NAME=node-3 npm run node/)
    expect(await dashboard.serious()).toEqual([])
    await stack.startNode('node-3', /SLUICE_JOIN_TOKEN=(\S+)/.exec(command)?.[1])
    await page.getByText('node-3 joined.').waitFor()
    await stack.untilApplied()
  })
})

describe('the control plane away', () => {
  test('the page says so without losing what it shows, nodes serve on, and it recovers by itself', async () => {
    const dashboard = await stack.signedIn()
    dashboard.expectOutage()
    const { page } = dashboard
    await dashboard.show('/services')
    await stack.killControlPlane()
    await page.getByText('The control plane does not answer.').waitFor()
    expect(await page.getByRole('link', { name: 'orders', exact: true }).isVisible()).toBe(true)
    expect(await dashboard.serious()).toEqual([])
    for (const { proxy } of stack.nodes) expect((await caller.get(`${proxy}/orders`)).status).toBe(200)
    await stack.startControlPlane()
    await page.getByText('The control plane does not answer.').waitFor({ state: 'hidden' })
    await page.getByText('Live', { exact: true }).waitFor()
    await stack.untilApplied()
  })
})
