import { expect, test } from 'vitest'
import { REFUSAL_LINE_INTERVAL_MS, RefusalLog } from './refusal-log.ts'

test('the first refusal is told at once, the rest in one line for each interval', () => {
  let nowMs = 0
  const lines: Record<string, number>[] = []
  const log = new RefusalLog({ nowMs: () => nowMs, write: (refused) => lines.push(refused) })
  log.add({})
  log.add({ node: 0 })
  expect(lines).toEqual([])
  log.add({ node: 1 })
  for (let report = 0; report < 100; report += 1) log.add({ node: 2, address: 1 })
  expect(lines).toEqual([{ node: 1 }])
  nowMs = REFUSAL_LINE_INTERVAL_MS
  log.add({})
  log.add({})
  expect(lines).toEqual([{ node: 1 }, { node: 200, address: 100 }])
})
