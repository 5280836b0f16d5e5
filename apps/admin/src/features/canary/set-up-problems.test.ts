import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { expect, test } from 'vitest'
import { newCanary } from './canary-plugin.ts'
import { problemsOf } from './set-up-problems.ts'

const check = (form: Parameters<typeof newCanary>[1]) => {
  const result = PLUGIN_SCHEMAS.canary?.config.safeParse(newCanary('11111111-1111-4111-8111-111111111111', form).config)
  return problemsOf((result?.error?.issues ?? []).map((issue) => ({ path: issue.path.join('.'), message: issue.message })))
}

test('what the schema refuses stands at its field and says what to write', () => {
  expect([...check({ upstream_host: '', upstream_port: '', hash: 'header', hash_header: '' })]).toEqual([
    ['upstream_host', 'Name the upstream or the host that the canary’s requests go to.'],
    ['hash_header', 'Name the header, such as x-account.'],
  ])
  expect(check({ upstream_host: 'v2', upstream_port: 'x', hash: 'ip', hash_header: '' }).get('upstream_port')).toContain('65,535')
})

test('the words of the control plane are found at the same fields', () => {
  expect(problemsOf([{ path: 'config.hash_header', message: 'is needed' }]).get('hash_header')).toContain('x-account')
})

test('what belongs to no field stands above the form', () => {
  expect(problemsOf([{ path: 'name', message: 'this plugin is bound to this scope already' }]).get('')).toBe('name: this plugin is bound to this scope already')
  expect(problemsOf([{ path: '', message: 'The control plane does not answer.' }]).get('')).toBe('The control plane does not answer.')
})
