import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { toBlockList } from '../environment.ts'
import { guardedLookup, isAddressAllowed } from './address-policy.ts'

const open = { allowPrivate: true, allow: new BlockList() }
const closed = { allowPrivate: false, allow: new BlockList() }

test.each(['169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254', '100.100.100.200', '0.0.0.0'])('%s is refused whatever private addresses may', (address) => {
  expect(isAddressAllowed(open, address)).toBe(false)
})

test.each(['10.1.2.3', '127.0.0.1', '192.168.1.1', '172.20.0.1', '::1', 'fc00::1'])('%s goes with the setting for private addresses', (address) => {
  expect(isAddressAllowed(open, address)).toBe(true)
  expect(isAddressAllowed(closed, address)).toBe(false)
})

test('what is allowed by name is allowed', () => {
  expect(isAddressAllowed({ allowPrivate: false, allow: toBlockList(['169.254.0.0/16']) }, '169.254.169.254')).toBe(true)
  expect(isAddressAllowed(closed, '203.0.113.7')).toBe(true)
})

test('a name that leads to a refused address is refused after DNS', async () => {
  const error = await new Promise<Error | null>((resolve) => guardedLookup(closed)('localhost', {}, (cause) => resolve(cause)))
  expect(error?.message).toContain('localhost has no address that upstreams may have')
})
