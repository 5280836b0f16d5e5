import { describe, expect, test } from 'vitest'
import { countsOf, presentChange, type ShownChange } from './change-words.ts'

const ID = '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10'
const OTHER = '0b0f0d34-6f0f-4d0e-8f5f-2f5a4f8b7c11'

function change(fields: Partial<ShownChange>): ShownChange {
  const { before = null, after = null } = fields
  const op = before === null ? 'create' : after === null ? 'delete' : 'update'
  return { type: 'service', id: ID, label: 'orders', op, ...fields, before, after } as ShownChange
}

const pathsOf = (shown: ShownChange) => presentChange(shown).fields.map(({ path }) => path)

describe('a changed entity', () => {
  test('has one line for each field that differs, with both sides', () => {
    const before = { id: ID, name: 'orders', host: 'a.internal', port: 80, tags: [] }
    expect(presentChange(change({ before, after: { ...before, host: 'b.internal', tags: ['core', 'eu'] } })).fields).toEqual([
      { path: 'host', before: { kind: 'text', text: 'a.internal' }, after: { kind: 'text', text: 'b.internal' } },
      { path: 'tags', before: { kind: 'list', texts: [] }, after: { kind: 'list', texts: ['core', 'eu'] } },
    ])
  })

  test('says "not set" for null, and on or off for switches', () => {
    const before = { id: ID, enabled: true, path: null }
    expect(presentChange(change({ before, after: { id: ID, enabled: false, path: '/v2' } })).fields).toEqual([
      { path: 'path', before: { kind: 'none' }, after: { kind: 'text', text: '/v2' } },
      { path: 'enabled', before: { kind: 'text', text: 'on' }, after: { kind: 'text', text: 'off' } },
    ])
  })

  test('shows the fields of a plugin’s config one by one, in the order of its schema', () => {
    const plugin = (config: object) => ({ id: ID, name: 'rate-limiting', config, enabled: true })
    const shown = change({ type: 'plugin', before: plugin({ policy: 'local', hour: 5, minute: 1 }), after: plugin({ policy: 'local', hour: 9, minute: 2 }) })
    expect(presentChange(shown).fields).toEqual([
      { path: 'config.minute', before: { kind: 'text', text: '1' }, after: { kind: 'text', text: '2' } },
      { path: 'config.hour', before: { kind: 'text', text: '5' }, after: { kind: 'text', text: '9' } },
    ])
  })

  test('points at what a reference names, on each side', () => {
    const before = { id: ID, name: 'orders', service: { id: ID } }
    expect(presentChange(change({ type: 'route', before, after: { ...before, service: { id: OTHER } } })).fields).toEqual([
      { path: 'service', before: { kind: 'reference', type: 'service', id: ID }, after: { kind: 'reference', type: 'service', id: OTHER } },
    ])
  })

  test('tells of a secret only that there is another one, whatever the API sent', () => {
    const before = { id: ID, consumer: { id: ID }, key: '(former secret)' }
    const shown = presentChange(change({ type: 'keyauth_credential', before, after: { ...before, key: '(new secret)' } }))
    expect(shown.fields).toEqual([{ path: 'key', before: { kind: 'secret' }, after: { kind: 'secret' } }])
    expect(JSON.stringify(shown)).not.toMatch(/former|new secret/)
  })

  test('takes nested objects apart and writes objects in lists as JSON', () => {
    const healthchecks = (interval: number) => ({ active: { type: 'http', healthy: { interval } } })
    const shown = change({ type: 'upstream', before: { id: ID, healthchecks: healthchecks(0) }, after: { id: ID, healthchecks: healthchecks(5) } })
    expect(pathsOf(shown)).toEqual(['healthchecks.active.healthy.interval'])
    const route = (sources: object[]) => ({ id: ID, sources })
    expect(presentChange(change({ type: 'route', before: route([]), after: route([{ ip: '10.0.0.1' }]) })).fields[0]?.after).toEqual({ kind: 'list', texts: ['{"ip":"10.0.0.1"}'] })
  })
})

describe('a new entity', () => {
  const after = { id: ID, name: 'orders', protocol: 'http', host: 'a.internal', port: 8080, path: null, retries: 5, tags: [], enabled: true }

  test('lists what was chosen and counts the rest', () => {
    const shown = presentChange(change({ after }))
    expect(shown.fields.map(({ path, before, after: side }) => [path, before.kind, side.kind === 'text' ? side.text : side.kind])).toEqual([
      ['name', 'none', 'orders'],
      ['host', 'none', 'a.internal'],
      ['port', 'none', '8080'],
    ])
    expect(shown.defaults).toBe(5)
  })

  test('never shows its id as a field of its own', () => {
    expect(pathsOf(change({ after }))).not.toContain('id')
  })

  test('measures the config of a plugin by the plugin’s own defaults', () => {
    const config = { minute: 60, hour: null, policy: 'local', limit_by: 'ip', fault_tolerant: true }
    expect(pathsOf(change({ type: 'plugin', after: { id: ID, name: 'rate-limiting', config, service: { id: OTHER } } }))).toEqual([
      'name',
      'service',
      'config.minute',
      'config.limit_by',
    ])
  })

  test('of a plugin that this version does not know shows all that it has', () => {
    expect(pathsOf(change({ type: 'plugin', after: { id: ID, name: 'from-elsewhere', config: { depth: 1, off: false } } }))).toEqual(['name', 'config.depth', 'config.off'])
  })
})

test('a removed entity shows what went with it on its former side', () => {
  const shown = presentChange(change({ before: { id: ID, name: 'orders', host: 'a.internal' } }))
  expect(shown.op).toBe('delete')
  expect(shown.fields[0]).toEqual({ path: 'name', before: { kind: 'text', text: 'orders' }, after: { kind: 'none' } })
})

test('changes are counted by what happened', () => {
  expect(countsOf([{ op: 'create' }, { op: 'update' }, { op: 'update' }])).toEqual({ added: 1, changed: 2, removed: 0 })
})
