import { describe, expect, test } from 'vitest'
import { toBlockList } from '../environment.ts'
import { HeaderList } from '../exchange/header-list.ts'
import { clientAddress } from './read-head.ts'

const settings = (recursive = false, header = 'X-Forwarded-For') => ({ trusted: toBlockList(['10.0.0.0/8', '::1']), header, recursive })
const chain = (...values: string[]) => new HeaderList(values.flatMap((value) => ['X-Forwarded-For', value]))

describe('the address of the client', () => {
  test('is the peer unless the peer is trusted', () => {
    expect(clientAddress('192.0.2.1', chain('203.0.113.9'), settings())).toBe('192.0.2.1')
    expect(clientAddress('10.0.0.1', chain('203.0.113.9'), settings())).toBe('203.0.113.9')
    expect(clientAddress('::1', chain('203.0.113.9'), settings())).toBe('203.0.113.9')
  })

  test('is the last one of the chain, or the last that is not trusted', () => {
    const headers = chain('198.51.100.7, 203.0.113.9, 10.1.2.3')
    expect(clientAddress('10.0.0.1', headers, settings())).toBe('10.1.2.3')
    expect(clientAddress('10.0.0.1', headers, settings(true))).toBe('203.0.113.9')
  })

  test('reads repeated lines as one chain and passes over what is no address', () => {
    expect(clientAddress('10.0.0.1', chain('203.0.113.9', 'nonsense'), settings())).toBe('203.0.113.9')
    expect(clientAddress('10.0.0.1', chain('nonsense'), settings())).toBe('10.0.0.1')
  })

  test('is the first where all are trusted', () => {
    expect(clientAddress('10.0.0.1', chain('10.9.9.9, 10.1.1.1'), settings(true))).toBe('10.9.9.9')
  })
})
