import { expect, test } from 'vitest'
import { planWorkers } from './worker-plan.ts'

test.each(['linux', 'freebsd', 'dragonfly'])('on %s there are as many workers as asked for, and they share the port', (platform) => {
  expect(planWorkers(8, platform)).toEqual({ count: 8, sharesPort: true, notice: null })
  expect(planWorkers(1, platform)).toEqual({ count: 1, sharesPort: true, notice: null })
})

test.each(['darwin', 'win32', 'openbsd', 'sunos'])('on %s there is one worker with a port of its own, and the log says why', (platform) => {
  expect(planWorkers(8, platform)).toMatchObject({ count: 1, sharesPort: false, notice: expect.stringMatching(new RegExp(`^one worker instead of 8: on ${platform} `)) })
})

test('who asked for one worker is told nothing', () => {
  expect(planWorkers(1, 'darwin')).toEqual({ count: 1, sharesPort: false, notice: null })
})
