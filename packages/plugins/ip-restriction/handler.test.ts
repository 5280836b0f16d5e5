import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { AddressRanges, isAddressRange } from './address-ranges.ts'

const reply = async (config: unknown, clientIp: string) => (await ask(createPlugin('ip-restriction', config), { clientIp })).reply

describe('who may call', () => {
  test.each<[string, unknown, string, boolean]>([
    ['everybody whom deny does not name', { deny: ['10.1.1.1'] }, '10.1.1.2', true],
    ['not an address of deny', { deny: ['10.1.1.1'] }, '10.1.1.1', false],
    ['not one of its ranges', { deny: ['127.0.0.0/24'] }, '127.0.0.255', false],
    ['the neighbour of a range', { deny: ['127.0.0.0/24'] }, '127.0.1.0', true],
    ['nobody where all are denied', { deny: ['0.0.0.0/0'] }, '255.255.255.255', false],
    ['IPv6 where only IPv4 is denied', { deny: ['0.0.0.0/0'] }, '2001:db8::1', true],
    ['those whom allow names', { allow: ['192.168.0.0/16'] }, '192.168.129.23', true],
    ['nobody else', { allow: ['192.168.0.0/16'] }, '10.0.0.1', false],
    ['not one of allow whom deny names too', { allow: ['10.0.0.0/8'], deny: ['10.0.0.1'] }, '10.0.0.1', false],
    ['one of allow whom deny leaves', { allow: ['10.0.0.0/8'], deny: ['10.0.0.1'] }, '10.0.0.2', true],
    ['an IPv6 range', { allow: ['fe80::/10'] }, 'febf:ffff::1', true],
    ['not beyond it', { allow: ['fe80::/10'] }, 'fec0::1', false],
    ['one with a zone', { allow: ['fe80::/10'] }, 'fe80::1%eth0', true],
    ['IPv4 that came mapped into IPv6', { allow: ['192.0.2.0/24'] }, '::ffff:192.0.2.7', true],
    ['not when that address is denied', { deny: ['192.0.2.7'] }, '::ffff:c000:207', false],
    ['a range that is written mapped', { allow: ['::ffff:192.0.2.0/120'] }, '192.0.2.7', true],
    ['a range whose address has bits behind the prefix', { allow: ['10.9.9.9/8'] }, '10.0.0.1', true],
    ['nobody without an address, with allow', { allow: ['10.0.0.0/8'] }, '', false],
    ['nobody without an address, with deny', { deny: ['10.0.0.0/8'] }, 'unix:', false],
  ])('%s', async (_, config, clientIp, isLetIn) => {
    expect((await reply(config, clientIp)) === undefined).toBe(isLetIn)
  })
})

test('a refusal is 403 with the address, or what is configured', async () => {
  expect(await reply({ deny: ['10.1.1.1'] }, '10.1.1.1')).toEqual({ kind: 'error', status: 403, message: 'IP address not allowed: 10.1.1.1' })
  expect(await reply({ deny: ['10.1.1.1'], status: 404, message: 'gone' }, '10.1.1.1')).toEqual({ kind: 'error', status: 404, message: 'gone' })
})

const v4 = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 }))).map((parts) => parts.join('.'))
const v6 = fc.ipV6().filter((text) => !/^::ffff:/i.test(new URL(`http://[${text}]`).hostname.slice(1)))
// Few bits vary, so that addresses do fall into ranges.
const near = fc.constantFrom('10.0.0.1', '10.0.0.200', '10.0.1.1', '10.128.0.1', '11.0.0.1', 'fe80::1', 'fe80::ffff', 'fe80:1::', 'febf::1', '2001:db8::1')
const range = fc
  .tuple(fc.oneof(v4, v6, near), fc.integer({ min: 0, max: 128 }))
  .map(([address, prefix]) => ({ address, prefix: address.includes(':') ? prefix : Math.floor(prefix / 4), family: address.includes(':') ? ('ipv6' as const) : ('ipv4' as const) }))

test('the table says what node:net says (property)', () => {
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), fc.oneof(v4, v6, near), (ranges, address) => {
      const list = new BlockList()
      for (const { address: first, prefix, family } of ranges) list.addSubnet(first, prefix, family)
      const table = new AddressRanges(ranges.map(({ address: first, prefix }) => `${first}/${prefix}`))
      const isV6 = address.includes(':')
      // BlockList finds IPv4 in ranges of mapped addresses; ranges that wide are IPv6 alone here.
      if (!isV6 && ranges.some(({ family, prefix }) => family === 'ipv6' && prefix < 96)) return
      expect(table.has(address)).toBe(list.check(address, isV6 ? 'ipv6' : 'ipv4'))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  '10.0.0.0/33',
  '10.0.0',
  '010.0.0.1',
  '256.1.1.1',
  '10.0.0.1/',
  '10.0.0.1/08',
  '::1/129',
  ':::',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  'fe80::1%eth0',
  'localhost',
  '',
  '::ffff:10.0.0.0/95',
  '1.2.3.4::',
])('%j is no entry', (text) => expect(isAddressRange(text)).toBe(false))

test.each<[unknown, string]>([
  [{}, 'allow: set at least one of allow and deny'],
  [{ allow: [], deny: [] }, 'allow: set at least one of allow and deny'],
  [{ allow: ['10.0.0.0/8', 'shop.test'] }, 'allow.1: must be an address or a range such as 10.0.0.0/8'],
  [{ deny: ['10.0.0.0/33'] }, 'deny.0: must be an address or a range such as 10.0.0.0/8'],
  [{ deny: Array.from({ length: 10_001 }, () => '10.0.0.1') }, 'deny'],
  [{ deny: ['10.0.0.1'], status: 200 }, 'status'],
  [{ deny: ['10.0.0.1'], message: '' }, 'message'],
  [{ deny: ['10.0.0.1'], blacklist: [] }, ': blacklist'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('ip-restriction', config).some((text) => text.startsWith(problem))).toBe(true)
})
