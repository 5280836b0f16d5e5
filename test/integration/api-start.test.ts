import { expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'

const shared = sharedControlPlane()

test('a control plane starts on a free port with a database of its own and lets its first operator in', async () => {
  expect(await shared.api.query('session.current')).toEqual({ operator: { id: expect.any(String), email: 'ada@example.com', name: 'ada' } })
  expect((await shared.api.query('workspace.current')).name).toBe('default')
  expect(shared.process.postgresPid).toBeGreaterThan(0)
})

test('a subscription answers what is there at once', async () => {
  const seen: string[] = []
  const subscription = shared.api.subscribe('workspace.watch', undefined, (data) => seen.push(data.name))
  await expect.poll(() => seen).toEqual(['default'])
  subscription.stop()
  expect(await subscription.ended).toBe('closed')
})
