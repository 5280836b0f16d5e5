import { expect, test } from 'vitest'
import { readFailure } from './failure.ts'

const refused = (data: Record<string, unknown>, message = 'no') => ({ message, data: { code: 'BAD_REQUEST', ...data } })

test.each([[new TypeError('Failed to fetch')], [null], [undefined], ['text'], [{ message: 'x', data: null }], [{ message: 'x', data: { code: 7 } }]])(
  '%s never reached the control plane: nodes keep serving, nothing was changed',
  (error) => {
    const failure = readFailure(error)
    expect(failure.code).toBe('UNREACHABLE')
    expect(failure.message).toBe('The control plane does not answer. Nodes keep serving; nothing was changed.')
    expect(failure).toMatchObject({ issues: [], current: null, dependents: [], retryAfterS: null, requestId: null })
  },
)

test('code, message and request id are those of the API', () => {
  expect(readFailure({ message: 'there is no route', data: { code: 'NOT_FOUND', request_id: 'r-1' } })).toMatchObject({
    code: 'NOT_FOUND',
    message: 'there is no route',
    requestId: 'r-1',
  })
})

test('issues keep their paths, and what is none is left out', () => {
  const issues = [{ path: 'paths[0]', message: 'must start with /' }, { path: 3, message: 'x' }, null, { message: 'x' }]
  expect(readFailure(refused({ issues })).issues).toEqual([{ path: 'paths[0]', message: 'must start with /' }])
  expect(readFailure(refused({ issues: 'many' })).issues).toEqual([])
})

test('a conflict brings the entity as it is now', () => {
  const current = { id: 'a', revision: 7 }
  expect(readFailure({ message: 'changed', data: { code: 'CONFLICT', conflict: { current, yours: {} } } }).current).toEqual(current)
  expect(readFailure({ message: 'unique', data: { code: 'CONFLICT' } }).current).toBeNull()
})

test('dependents are read as a list, or as a page of one', () => {
  const dependents = [{ type: 'route', id: 'r', label: 'orders', on_delete: 'refuse' }]
  expect(readFailure(refused({ dependents })).dependents).toEqual(dependents)
  expect(readFailure(refused({ dependents: { items: dependents, total: 1 } })).dependents).toEqual(dependents)
  expect(readFailure(refused({})).dependents).toEqual([])
})

test('the time to wait is read where there is one', () => {
  expect(readFailure({ message: 'wait', data: { code: 'TOO_MANY_REQUESTS', retry_after_s: 12 } }).retryAfterS).toBe(12)
  expect(readFailure(refused({ retry_after_s: '12' })).retryAfterS).toBeNull()
})
