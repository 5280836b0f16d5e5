import { LINK_LIMITS } from '@sluice/shared/protocol'
import { describe, expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

const { reconnectDelayMsMin: min, reconnectDelayMsMax: max } = LINK_LIMITS
const delays = (random: number, count: number) => {
  const backoff = new Backoff(() => random)
  return Array.from({ length: count }, () => backoff.next())
}

describe('delays between attempts', () => {
  test('are never shorter than the least, however often it fails', () => {
    expect(delays(0, 20)).toEqual(new Array(20).fill(min))
  })

  test('have a ceiling that doubles up to the longest', () => {
    expect(delays(1, 9)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, max, max, max])
  })

  test('are spread over everything below the ceiling, so that nodes do not come back together', () => {
    let next = 0
    const backoff = new Backoff(() => {
      next += 0.1
      return next % 1
    })
    for (let index = 0; index < 8; index += 1) backoff.next()
    const spread = Array.from({ length: 9 }, () => backoff.next())
    expect(new Set(spread).size).toBe(9)
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(max / 2)
  })

  test('start over once a connection has held', () => {
    const backoff = new Backoff(() => 1)
    for (let index = 0; index < 8; index += 1) backoff.next()
    backoff.reset()
    expect(backoff.next()).toBe(2 * min)
  })

  test.each([
    [0, max / 2],
    [1, max],
  ])('after a refusal are long at once (chance %d)', (random, expected) => {
    expect(new Backoff(() => random).afterRefusal()).toBe(expected)
  })
})
