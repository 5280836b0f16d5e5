import { beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../integration/harness/control-plane-process.ts'
import { until } from '../integration/harness/node-process.ts'
import { STEP_TIMEOUT_MS, soon } from './harness/mode.ts'
import { useStack } from './harness/stack.ts'

const stack = useStack({ bootstrap: false })
const NEW_PASSWORD = 'seven horses in a wet meadow'

let setUpPath = ''

beforeAll(async () => {
  const link = await until('the set-up link', () => /Set up Sluice: (\S+)/.exec(stack.controlPlane.output)?.[1] ?? null)
  const { pathname, search } = new URL(link)
  setUpPath = pathname + search
})

describe('before there is an operator', () => {
  test('every page leads to the set-up, which says that it needs the printed link', async () => {
    const dashboard = await stack.visit()
    await dashboard.goto('/services')
    await soon(() => new URL(dashboard.page.url()).pathname).toBe('/set-up')
    expect(await dashboard.alert.innerText()).toMatch(/one-time link/)
    expect(await dashboard.page.getByRole('button', { name: 'Create operator' }).isEnabled()).toBe(false)
    expect(await dashboard.serious()).toEqual([])
  })

  test('a link that was never given is refused with what to do', async () => {
    const dashboard = await stack.visit()
    dashboard.expectRefusal(403)
    const { page } = dashboard
    await dashboard.goto('/set-up?token=not-a-token')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Email').fill(OPERATOR.email)
    await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
    await page.getByRole('button', { name: 'Create operator' }).click()
    await soon(() => dashboard.alert.innerText()).toMatch(/link .*Restart the control plane/)
  })

  test.each([
    ['a short password', 'Password', { password: 'short' }, /12 characters or more; this has 5/],
    ['a password of few characters', 'Password', { password: 'aaaaaaaaaaaaaa' }, /repeats few characters/],
    ['a password that is tried first', 'Password', { password: 'password1234' }, /among the first that are tried/],
    ['no email address', 'Email', { email: 'ada' }, /email address/],
    ['no name', 'Name', { name: '' }, /name/i],
    ['no password', 'Password', { password: '' }, /12 characters or more/],
  ])('%s is refused at its field, and the link stays good', async (_, label, wrong, message) => {
    const dashboard = await stack.visit()
    dashboard.expectRefusal(400)
    const { page } = dashboard
    await dashboard.goto(setUpPath)
    const values = { name: 'Ada', ...OPERATOR, ...wrong }
    await page.getByLabel('Name').fill(values.name)
    await page.getByLabel('Email').fill(values.email)
    await page.getByLabel('Password', { exact: true }).fill(values.password)
    await page.getByRole('button', { name: 'Create operator' }).click()
    const field = page.getByLabel(label, { exact: true })
    await soon(() => field.getAttribute('aria-invalid')).toBe('true')
    const described = await field.getAttribute('aria-describedby')
    const texts = await Promise.all((described ?? '').split(' ').map((id) => page.locator(`[id="${id}"]`).innerText()))
    expect(texts.join(' ')).toMatch(message)
    expect(await dashboard.alert.count()).toBe(1)
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await dashboard.serious()).toEqual([])
  })

  test('the printed link makes the first operator by keyboard alone, and signs them in', async () => {
    const dashboard = await stack.visit()
    const { page } = dashboard
    await dashboard.goto(setUpPath)
    await soon(() => page.getByLabel('Name').evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.type('Ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type(OPERATOR.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(OPERATOR.password)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    await page.getByText(OPERATOR.email).first().waitFor()
  })

  test('the link is good once: afterwards it leads to the sign-in', async () => {
    const dashboard = await stack.visit()
    const { page } = dashboard
    await dashboard.goto(setUpPath)
    await page.getByText('There is an operator already').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await dashboard.serious()).toEqual([])
  })
})

describe('with an operator', () => {
  test('a page asked for before signing in is shown after it, with its query', async () => {
    const dashboard = await stack.visit()
    const { page } = dashboard
    await dashboard.goto('/services?q=orders')
    await page.waitForURL((url) => url.pathname === '/sign-in')
    expect(await dashboard.serious()).toEqual([])
    await page.getByLabel('Email').fill(OPERATOR.email)
    await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/services' && url.search === '?q=orders')
  })

  test('another site named as the next page is not opened', async () => {
    const dashboard = await stack.visit()
    const { page } = dashboard
    await dashboard.goto('/sign-in?next=//elsewhere.example/')
    await page.getByLabel('Email').fill(OPERATOR.email)
    await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${stack.controlPlane.url}/`)
  })

  test('who is signed in already is not asked again', async () => {
    const dashboard = await stack.signedIn()
    await dashboard.goto('/sign-in?next=/services')
    await dashboard.page.waitForURL((url) => url.pathname === '/services')
  })

  test('signing out ends the session, and Back does not bring it back', async () => {
    const dashboard = await stack.visit()
    await dashboard.signIn(OPERATOR)
    const { page } = dashboard
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([{ name: 'sluice_session', httpOnly: true, sameSite: 'Lax' }])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL((url) => url.pathname === '/sign-in')
    await page.goBack()
    await page.waitForURL((url) => url.pathname === '/sign-in')
    const stolen = await fetch(`${stack.controlPlane.url}/api/trpc/services.list`, { headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') } })
    expect(stolen.status).toBe(401)
  })

  test('a session that ended elsewhere leads to the sign-in and back to the same page', async () => {
    const dashboard = await stack.signedIn()
    dashboard.expectRefusal(401)
    const { page } = dashboard
    await dashboard.show('/')
    await page.context().clearCookies()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Services' }).click()
    await page.waitForURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === '/services')
  })

  test('a wrong password is refused without saying which of the two was wrong', async () => {
    const dashboard = await stack.visit()
    dashboard.expectRefusal(401)
    const { page } = dashboard
    await dashboard.goto('/sign-in')
    const said: string[] = []
    for (const email of [OPERATOR.email, 'nobody@example.com']) {
      await page.getByLabel('Email').fill(email)
      await page.getByLabel('Password', { exact: true }).fill('not the password at all')
      const answer = page.waitForResponse((response) => response.url().includes('session.signIn'))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await answer
      await dashboard.alert.waitFor()
      said.push(await dashboard.alert.innerText())
    }
    expect(said[0]).toMatch(/email or password/i)
    expect(said[1]).toBe(said[0])
    expect(await page.getByLabel('Email').inputValue()).toBe('nobody@example.com')
    expect(await dashboard.serious()).toEqual([])
  })

  test('many wrong passwords have to wait, the page says how long, and afterwards the right one works', async () => {
    const dashboard = await stack.visit()
    dashboard.expectRefusal(401, 429)
    const { page } = dashboard
    await dashboard.goto('/sign-in')
    await page.getByLabel('Email').fill(OPERATOR.email)
    await page.getByLabel('Password', { exact: true }).fill('not the password at all')
    await until(
      'the delay',
      async () => {
        const answer = page.waitForResponse((response) => response.url().includes('session.signIn'))
        await page.getByRole('button', { name: 'Sign in' }).click()
        return (await answer).status() === 429 ? true : null
      },
      STEP_TIMEOUT_MS,
    )
    await soon(() => dashboard.alert.innerText()).toMatch(/Too many .*\d+ s/)
    await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
    await until(
      'the end of the delay',
      async () => {
        const answer = page.waitForResponse((response) => response.url().includes('session.signIn'))
        await page.getByRole('button', { name: 'Sign in' }).click()
        return (await answer).status() === 200 ? true : null
      },
      STEP_TIMEOUT_MS,
    )
    await page.waitForURL((url) => url.pathname === '/')
  })
})

describe('a forgotten password', () => {
  test('the printed link sets a new one and ends every session', async () => {
    const before = await stack.visit()
    await before.signIn(OPERATOR)
    before.expectRefusal(401)
    const { code, output } = await stack.controlPlane.command('reset-password', OPERATOR.email)
    expect(code, output).toBe(0)
    const link = new URL(/https?:\S+/.exec(output)?.[0] ?? '')
    const dashboard = await stack.visit()
    dashboard.expectRefusal(401)
    const { page } = dashboard
    await dashboard.goto(link.pathname + link.search)
    await page.getByLabel('New password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('12 characters or more; this has 5').waitFor()
    expect(await dashboard.serious()).toEqual([])
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Password changed' }).waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Email').fill(OPERATOR.email)
    await page.getByLabel('Password', { exact: true }).fill(OPERATOR.password)
    await page.keyboard.press('Enter')
    await page.getByText(/email or password/i).waitFor()
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    await before.page.reload()
    await before.page.waitForURL((url) => url.pathname === '/sign-in')
  })

  test('a used link is refused with the command that prints a new one', async () => {
    const dashboard = await stack.visit()
    dashboard.expectRefusal(403)
    const { page } = dashboard
    await dashboard.goto('/reset-password?token=used')
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await soon(() => dashboard.alert.innerText()).toMatch(/reset-password EMAIL/)
    expect(await dashboard.serious()).toEqual([])
  })
})
