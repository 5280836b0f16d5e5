import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketsOf, type Lane, latest, measure, mergeCells, nodesOf, seriesOf, settledSecond, sumOf, type TrafficCell } from './telemetry-cells.ts'

const lane = (requests: number, more: Partial<Lane> = {}): Lane => ({ requests, status_4xx: 0, status_5xx: 0, latency: [], ...more })
const cell = (at: number, node: string, stable = lane(0), canary = lane(0)): TrafficCell => ({ at, node, stable, canary, cpu_percent: 0, connections: 0 })
const rates = (buckets: ReturnType<typeof bucketsOf>) => buckets.map((bucket) => bucket.lanes?.all.requests ?? null)

describe('the window of cells', () => {
  test('keeps one cell per node and second, in order, and lets go of the old ones', () => {
    const known = [cell(1, 'a'), cell(2, 'a')]
    const merged = mergeCells(known, [cell(3, 'b'), cell(2, 'a', lane(9)), cell(3, 'a')], 2)
    expect(merged.map(({ at, node }) => `${at}${node}`)).toEqual(['2a', '3b', '3a'])
  })

  test('is the same object while nothing arrives', () => {
    const known = [cell(1, 'a')]
    expect(mergeCells(known, [], 60)).toBe(known)
  })

  test('never grows beyond its seconds, whatever arrives and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(500), fc.constantFrom('a', 'b', 'c')), { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (arrivals, seconds) => {
        let cells: readonly TrafficCell[] = []
        for (const [at, node] of arrivals) cells = mergeCells(cells, [cell(at, node)], seconds)
        expect(cells.length).toBeLessThanOrEqual(seconds * 3)
        expect(cells.map(({ at }) => at)).toEqual(cells.map(({ at }) => at).sort((x, y) => x - y))
      }),
    )
  })

  test('names its nodes once', () => {
    expect(nodesOf([cell(1, 'b'), cell(1, 'a'), cell(2, 'b')])).toEqual(['a', 'b'])
  })
})

describe('the settled second', () => {
  test('is the last one that all talking nodes reported', () => {
    expect(settledSecond([cell(9, 'a'), cell(10, 'a'), cell(9, 'b')])).toBe(9)
  })

  test('does not wait for a node that went silent', () => {
    expect(settledSecond([cell(10, 'a'), cell(20, 'a'), cell(10, 'b')])).toBe(20)
  })

  test('is unknown without cells', () => {
    expect(settledSecond([])).toBeNull()
  })
})

describe('sums', () => {
  test('rates of nodes add up', () => {
    expect(sumOf([cell(1, 'a', lane(10), lane(2)), cell(1, 'b', lane(30), lane(4))])).toMatchObject({
      stable: { requests: 40 },
      canary: { requests: 6 },
      all: { requests: 46 },
    })
  })

  test('a node that missed a second still counts with its rate', () => {
    const cells = [cell(1, 'a', lane(10)), cell(2, 'a', lane(10)), cell(1, 'b', lane(20))]
    expect(sumOf(cells)?.all.requests).toBe(30)
  })

  test('percentiles are those of all requests together, not a mean of percentiles', () => {
    // Node a: 99 requests within 1 ms. Node b: one between 5 and 7 ms. The mean of both p99 would be about 4 ms.
    const sum = sumOf([cell(1, 'a', lane(99, { latency: [99] })), cell(1, 'b', lane(1, { latency: [0, 0, 0, 0, 1] }))])
    expect(sum && measure(sum.all, 'p99')).toBe(1)
  })

  test('errors are a share of the requests, and unknown without any', () => {
    const sum = sumOf([cell(1, 'a', lane(200, { status_5xx: 3, status_4xx: 10 }))])
    expect(sum && [measure(sum.all, 'errors'), measure(sum.all, 'client_errors'), measure(sum.canary, 'errors'), measure(sum.canary, 'p50')]).toEqual([1.5, 5, null, null])
  })

  test('the latest figures look at the settled seconds only', () => {
    const cells = [cell(1, 'a', lane(500)), cell(8, 'a', lane(10)), cell(9, 'a', lane(20)), cell(10, 'a', lane(90)), cell(8, 'b'), cell(9, 'b')]
    expect(latest(cells, 2)?.all.requests).toBe(15)
    expect(latest([], 2)).toBeNull()
  })
})

describe('buckets', () => {
  test('begin at multiples of the step and end with the window', () => {
    const buckets = bucketsOf([], { to: 23, seconds: 12, step: 5 })
    expect(buckets.map(({ from, to }) => [from, to])).toEqual([
      [12, 14],
      [15, 19],
      [20, 23],
    ])
  })

  test('a bucket without cells is a gap, one with silent nodes is zero', () => {
    const cells = [cell(1, 'a', lane(5)), cell(3, 'a', lane(0))]
    expect(rates(bucketsOf(cells, { to: 3, seconds: 3, step: 1 }))).toEqual([5, null, 0])
  })

  test('where one node of two said nothing for a while, the sum is a gap and not a drop', () => {
    const cells = [cell(1, 'a', lane(5)), cell(2, 'a', lane(5)), cell(3, 'a', lane(5)), cell(1, 'b', lane(7)), cell(3, 'b', lane(7))]
    expect(rates(bucketsOf(cells, { to: 3, seconds: 3, step: 1 }))).toEqual([12, null, 12])
  })

  test('a node that came or went is no gap', () => {
    const cells = [cell(1, 'a', lane(5)), cell(2, 'a', lane(5)), cell(3, 'a', lane(5)), cell(2, 'b', lane(7)), cell(3, 'b', lane(7)), cell(1, 'c', lane(1))]
    expect(rates(bucketsOf(cells, { to: 3, seconds: 3, step: 1 }))).toEqual([6, 12, 12])
  })

  test('do not change while the window moves on, but for its two ends', () => {
    const cells = Array.from({ length: 60 }, (_, at) => cell(at, 'a', lane(at)))
    const early = new Map(bucketsOf(cells, { to: 50, seconds: 30, step: 5 }).map((bucket) => [bucket.from, bucket.lanes?.all.requests]))
    const late = bucketsOf(cells, { to: 52, seconds: 30, step: 5 })
    for (const bucket of late.slice(1, -1)) if (bucket.from < 50) expect(early.get(bucket.from)).toBe(bucket.lanes?.all.requests)
  })

  test('every request of the window is in exactly one bucket', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90), { minLength: 1, maxLength: 120 }), fc.constantFrom(1, 3, 5), (counts, step) => {
        const cells = counts.map((count, at) => cell(at, 'a', lane(count)))
        const buckets = bucketsOf(cells, { to: counts.length - 1, seconds: counts.length, step })
        const total = buckets.reduce((sum, bucket) => sum + (bucket.lanes?.all.requests ?? 0) * (bucket.to - bucket.from + 1), 0)
        expect(total).toBeCloseTo(
          counts.reduce((sum, count) => sum + count, 0),
          6,
        )
      }),
    )
  })

  test('a line stands in the middle of its buckets', () => {
    const buckets = bucketsOf([cell(10, 'a', lane(4)), cell(11, 'a', lane(6))], { to: 14, seconds: 5, step: 5 })
    expect(seriesOf(buckets, 'stable', 'requests')).toEqual([{ at: 12, value: 5 }])
    expect(seriesOf(buckets, 'canary', 'p99')).toEqual([{ at: 12, value: null }])
  })
})
