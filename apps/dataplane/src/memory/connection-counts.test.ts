import { describe, expect, test } from 'vitest'
import { ConnectionCounts, createConnectionMemory, networkOf } from './connection-counts.ts'

const NONE = Number.POSITIVE_INFINITY
const bounds = (connectionsMax: number, connectionsPerAddressMax: number) => ({ connectionsMax, connectionsPerAddressMax })

function workersOf(count: number, connectionsMax: number, connectionsPerAddressMax = NONE): ConnectionCounts[] {
  const memory = createConnectionMemory(count)
  return Array.from({ length: count }, (_, index) => new ConnectionCounts(memory, index, bounds(connectionsMax, connectionsPerAddressMax)))
}

describe('connections are counted over all workers', () => {
  test('however they are dealt out', () => {
    const [one, two] = workersOf(2, 5) as [ConnectionCounts, ConnectionCounts]
    for (let taken = 0; taken < 5; taken += 1) expect(one.enter('10.0.0.1')).toBeNull()
    expect([one.enter('10.0.0.1'), two.enter('10.0.0.2')]).toEqual(['node', 'node'])
  })

  test('and one that ends makes room for one', () => {
    const [one, two] = workersOf(2, 2) as [ConnectionCounts, ConnectionCounts]
    one.enter('10.0.0.1')
    two.enter('10.0.0.2')
    expect(two.enter('10.0.0.3')).toBe('node')
    one.leave('10.0.0.1')
    expect([two.enter('10.0.0.3'), one.enter('10.0.0.4')]).toEqual([null, 'node'])
  })

  test('and those of a worker that crashed are gone once its replacement is there', () => {
    const memory = createConnectionMemory(2)
    const make = (worker: number) => new ConnectionCounts(memory, worker, bounds(3, 3))
    const other = make(1)
    other.enter('10.0.0.1')
    const crashed = make(0)
    crashed.enter('10.0.0.1')
    crashed.enter('10.0.0.1')
    expect(other.enter('10.0.0.2')).toBe('node')
    const fresh = make(0)
    expect([fresh.enter('10.0.0.1'), fresh.enter('10.0.0.1'), fresh.enter('10.0.0.1')]).toEqual([null, null, 'node'])
  })
})

describe('connections of one address', () => {
  test('have a bound of their own, over all workers', () => {
    const [one, two] = workersOf(2, 100, 2) as [ConnectionCounts, ConnectionCounts]
    expect([one.enter('10.0.0.1'), two.enter('10.0.0.1'), one.enter('10.0.0.1'), two.enter('10.0.0.1')]).toEqual([null, null, 'address', 'address'])
    expect(one.enter('10.0.0.2')).toBeNull()
    two.leave('10.0.0.1')
    expect(one.enter('10.0.0.1')).toBeNull()
  })

  test('have none where the address is nobody’s, or where none is set', () => {
    const [counts] = workersOf(1, 100, 1) as [ConnectionCounts]
    expect([counts.enter(null), counts.enter(null), counts.enter(null)]).toEqual([null, null, null])
    const [unbounded] = workersOf(1, 3) as [ConnectionCounts]
    expect([1, 2, 3].map(() => unbounded.enter('10.0.0.1'))).toEqual([null, null, null])
  })

  test('are not counted to others: of 1,000 addresses with one connection each next to none is refused at a bound of two', () => {
    const [counts] = workersOf(1, 10_000, 2) as [ConnectionCounts]
    const addresses = Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
    for (const address of addresses) counts.enter(address)
    const refused = addresses.filter((address) => counts.enter(address) !== null)
    expect(refused.length).toBeLessThan(20)
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
