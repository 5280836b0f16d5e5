import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings, SettingsError } from './environment.ts'

const TOKEN = 'sluice_join_0123456789'
const linked = { SLUICE_CONTROL_PLANE: 'ws://control.test:3000', SLUICE_NODE_NAME: 'n' }

describe('the address of the control plane', () => {
  test.each([
    ['ws://control.test:3000', 'ws://control.test:3000/v1/nodes/connect'],
    ['ws://control.test:3000/', 'ws://control.test:3000/v1/nodes/connect'],
    ['wss://control.test', 'wss://control.test/v1/nodes/connect'],
    ['wss://edge.test/sluice/', 'wss://edge.test/sluice/v1/nodes/connect'],
    ['ws://control.test/v1/nodes/connect', 'ws://control.test/v1/nodes/connect'],
  ])('%s', (given, expected) => {
    expect(readSettings({ ...linked, SLUICE_CONTROL_PLANE: given }, []).controlPlane?.url).toBe(expected)
  })

  test.each([
    ['http://control.test', 'must be ws://'],
    ['control.test:3000', 'must be ws://'],
    ['ws://control.test?token=x', 'must be ws://'],
    ['ws://ada:word@control.test', 'no user or password'],
  ])('%s is refused with what to write', (given, message) => {
    expect(() => readSettings({ ...linked, SLUICE_CONTROL_PLANE: given }, [])).toThrow(message)
  })
})

describe('the join token', () => {
  test('comes from the environment, a flag, or a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'))
    const file = join(folder, 'token')
    writeFileSync(file, `${TOKEN}\n`)
    const tokenOf = (env: Record<string, string>, args: string[] = []) => readSettings({ ...linked, ...env }, args).controlPlane?.joinToken
    expect(tokenOf({ SLUICE_JOIN_TOKEN: TOKEN })).toBe(TOKEN)
    expect(tokenOf({}, ['--join-token', TOKEN])).toBe(TOKEN)
    expect(tokenOf({ SLUICE_JOIN_TOKEN_FILE: file })).toBe(TOKEN)
    expect(tokenOf({})).toBeNull()
    rmSync(folder, { recursive: true })
    // It is removed once it has been used.
    expect(tokenOf({ SLUICE_JOIN_TOKEN_FILE: file })).toBeNull()
  })

  test.each(['short', 'has a blank in it, and more', 'sluice_join_€€€€€€€€'])('%s is refused before anybody is dialled', (token) => {
    expect(() => readSettings({ ...linked, SLUICE_JOIN_TOKEN: token }, [])).toThrow('is not a join token')
  })

  test('a secret of another name whose file is missing stops the start', () => {
    expect(() => readSettings({ ...linked, SLUICE_STATUS_TOKEN_FILE: '/no/such/file' }, [])).toThrow('SLUICE_STATUS_TOKEN_FILE: /no/such/file cannot be read')
  })
})

describe('a node has one source of configuration', () => {
  test.each([
    ['none', {}, [], 'where does the configuration come from?'],
    ['a control plane and a file', linked, ['--config', 'gateway.yaml'], 'one source'],
    ['a control plane and standalone', { ...linked, SLUICE_STANDALONE: '1' }, [], 'one source'],
    ['a token without a control plane', { SLUICE_STANDALONE: '1', SLUICE_JOIN_TOKEN: TOKEN }, [], 'SLUICE_CONTROL_PLANE'],
  ])('%s', (_, env, args, message) => {
    expect(() => readSettings(env as Record<string, string>, args)).toThrow(message)
  })

  test('an empty value is no value', () => {
    expect(readSettings({ ...linked, SLUICE_STANDALONE: '', SLUICE_CONFIG: '' }, []).configFile).toBeNull()
  })
})

describe('names', () => {
  test.each(['SLUICE_ADMIN_LISTEN', 'SLUICE_PUBLIC_URL', 'SLUICE_SECRET_KEY', 'SLUICE_BOOTSTRAP_EMAIL', 'SLUICE_BOOTSTRAP_PASSWORD', 'SLUICE_DASHBOARD', 'SLUICE_PORT_OFFSET'])(
    '%s belongs to another part and is left alone',
    (name) => {
      expect(readSettings({ ...linked, [name]: 'x' }, []).name).toBe('n')
    },
  )

  test.each([
    ['SLUICE_ALLOW_DEBUG_HEADER', 'false'],
    ['SLUICE_REDIS_URL', ''],
  ])('%s may say its default', (name, value) => {
    expect(readSettings({ ...linked, [name]: value }, []).name).toBe('n')
  })

  test.each([
    ['SLUICE_H2C', 'maybe', 'SLUICE_H2C must be on or off'],
    ['SLUICE_ALLOW_DEBUG_HEADER', 'on', 'SLUICE_ALLOW_DEBUG_HEADER is not supported'],
    ['SLUICE_REDIS_URL', 'redis://localhost', 'SLUICE_REDIS_URL is not supported'],
    ['SLUICE_REDIS_URL_FILE', '', 'SLUICE_REDIS_URL_FILE is not supported'],
    ['SLUICE_CONTROLPLANE', 'ws://a', 'SLUICE_CONTROLPLANE is not a setting of Sluice'],
    ['SLUICE_LOG_LEVEL', 'loud', 'SLUICE_LOG_LEVEL must be one of trace, debug'],
    ['SLUICE_NODE_NAME', 'with a blank', 'SLUICE_NODE_NAME may have letters'],
  ])('%s=%s stops the start', (name, value, message) => {
    const read = () => readSettings({ ...linked, [name]: value }, [])
    expect(read).toThrow(SettingsError)
    expect(read).toThrow(message)
  })
})
