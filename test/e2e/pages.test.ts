import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Origin } from '../integration/harness/origin.ts'
import type { Dashboard } from './harness/dashboard.ts'
import { idsOf, importSeed, SEED } from './harness/seed.ts'
import { useStack } from './harness/stack.ts'
import { SteadyLoad } from './harness/traffic.ts'

const stack = useStack({ nodes: 2 })

const THEMES = ['light', 'dark'] as const
const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
/** The narrowest window that the dashboard promises to fit. */
const NARROW = { width: 360, height: 740 }

let browsers: Dashboard[] = []

// One browser for each theme, kept over all pages: opening one costs more than opening a page, and a page more than another width of it.
beforeAll(async () => {
  browsers = await Promise.all(THEMES.map((theme) => stack.signedInForAll({ theme, ...WIDE })))
})

afterAll(async () => {
  for (const dashboard of browsers) await dashboard.close()
})

/** What may be wrong with a page that a machine can see, in both themes and all widths. */
async function defectsOf(name: string, path: string): Promise<string[]> {
  const defects: string[] = []
  for (const [index, theme] of THEMES.entries()) {
    const dashboard = browsers[index] as Dashboard
    const look = async (size: typeof WIDE, audit: string[] | null) => {
      await dashboard.page.setViewportSize(size)
      await dashboard.settle()
      const found = [...(audit === null ? [] : await dashboard.serious(audit)), ...(await dashboard.tooWide())]
      await dashboard.screenshot(`${name}-${theme}-${size.width}`)
      defects.push(...[...found, ...dashboard.takeComplaints()].map((text) => `${theme} ${size.width}: ${text}`))
    }
    await dashboard.show(path)
    // What a theme changes is colours, and those are the same in any width.
    await look(WIDE, theme === 'light' ? [] : ['color-contrast'])
    await look(PHONE, theme === 'light' ? [] : null)
    await look(NARROW, null)
    // A page that nobody looks at any more need not draw what goes on.
    await dashboard.page.setViewportSize(WIDE)
    await dashboard.leave()
  }
  return defects
}

describe('with nothing configured yet', () => {
  test.each([
    ['overview', '/'],
    ['services', '/services'],
    ['routes', '/routes'],
    ['upstreams', '/upstreams'],
    ['consumers', '/consumers'],
    ['plugins', '/plugins'],
    ['nodes', '/nodes'],
    ['revisions', '/revisions'],
  ])('%s is fit to be seen and offers the first step', async (name, path) => {
    expect(await defectsOf(`empty-${name}`, path)).toEqual([])
    const [dashboard] = browsers
    await dashboard?.show(path)
    const main = dashboard?.page.getByRole('main')
    expect(await main?.getByRole('link').or(main.getByRole('button')).count()).toBeGreaterThan(0)
  })

  test('a page that is not there says so and leads on', async () => {
    const dashboard = await stack.signedIn()
    dashboard.expectMissingPage()
    await dashboard.goto('/nowhere')
    await dashboard.page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    expect(await dashboard.serious()).toEqual([])
    await dashboard.page.getByRole('link', { name: 'Open the overview' }).click()
    await dashboard.settle()
  })
})

describe('with a configuration and traffic', () => {
  let stable: Origin
  let canary: Origin
  let load: SteadyLoad
  const ids = new Map<string, string>()

  beforeAll(async () => {
    stable = await Origin.start('orders-v1')
    canary = await Origin.start('orders-v2')
    const api = await stack.api
    await importSeed(api, { stable: stable.port, canary: canary.port })
    for (const plural of ['services', 'routes', 'upstreams', 'consumers', 'plugins']) for (const [name, id] of await idsOf(api, plural)) ids.set(`${plural} ${name}`, id)
    await stack.untilApplied()
    load = new SteadyLoad(
      stack.nodes.map((node) => node.proxy),
      { perSecond: 40, paths: ['/orders', '/orders', '/payments', '/elsewhere'], headers: { apikey: SEED.key, host: 'pay.example.com' } },
    )
  })

  afterAll(async () => {
    load?.stop()
    await stable?.stop()
    await canary?.stop()
  })

  const at = (plural: string, name: string, more = '') => `/${plural}/${ids.get(`${plural} ${name}`)}${more}`
  const PAGES: [string, () => string][] = [
    ['overview', () => '/'],
    ['services', () => '/services'],
    ['service-new', () => '/services/new'],
    ['service', () => at('services', 'orders')],
    ['service-long', () => at('services', SEED.longName)],
    ['canary', () => at('services', 'orders', '/canary')],
    ['canary-none', () => at('services', 'payments', '/canary')],
    ['routes', () => '/routes'],
    ['route-new', () => '/routes/new'],
    ['route', () => at('routes', 'orders-by-number')],
    ['upstreams', () => '/upstreams'],
    ['upstream-new', () => '/upstreams/new'],
    ['upstream', () => at('upstreams', 'payments-v1')],
    ['consumers', () => '/consumers'],
    ['consumer-new', () => '/consumers/new'],
    ['consumer', () => at('consumers', 'demo-shop')],
    ['plugins', () => '/plugins'],
    ['plugin-new', () => '/plugins/new'],
    ['plugin', () => at('plugins', 'rate-limiting')],
    ['nodes', () => '/nodes'],
    ['revisions', () => '/revisions'],
    ['revision', () => '/revisions/1'],
  ]

  test.each(PAGES)('%s is fit to be seen', async (name, path) => {
    expect(await defectsOf(name, path())).toEqual([])
  })

  test('every link of every page leads to a page', async () => {
    const dashboard = await stack.signedIn()
    // One page of a kind stands for all: that of one entity, one revision, one plugin.
    const kindOf = (href: string) =>
      href
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ':id')
        .replace(/\/revisions\/\d+/, '/revisions/:number')
        .replace(/=[^&]*/g, '=')
    const waiting = ['/']
    const seen = new Map<string, string>([['/', '/']])
    const dead: string[] = []
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      await dashboard.show(path)
      if (await dashboard.page.getByText(/There is no such|could not be/).count()) dead.push(path)
      const links = await dashboard.page.locator('a[href]').evaluateAll((elements) => elements.map((element) => (element as HTMLAnchorElement).getAttribute('href') ?? ''))
      for (const href of links.filter((link) => link.startsWith('/'))) {
        if (seen.has(kindOf(href))) continue
        seen.set(kindOf(href), `${path} -> ${href}`)
        waiting.push(href)
      }
    }
    expect(dead).toEqual([])
    // The pages above are found by going there, not only by writing their address.
    const kinds = [...seen.keys()].map((kind) => kind.split('?')[0])
    for (const [, path] of PAGES) expect(kinds).toContain(kindOf(path()))
  })
})
