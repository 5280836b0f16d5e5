import { describe, expect, test } from 'vitest'
import { createTicketMemory, TicketKeys } from './ticket-keys.ts'

describe('keys of session tickets', () => {
  test('are the same for everybody who looks at the same memory', () => {
    const memory = createTicketMemory()
    const main = new TicketKeys(memory)
    main.rotate()
    const first = new TicketKeys(memory).changedSince(0)
    const second = new TicketKeys(memory).changedSince(0)
    expect(first?.keys.byteLength).toBe(48)
    expect(second?.keys.equals(first?.keys ?? Buffer.alloc(0))).toBe(true)
  })

  test('are given once for each rotation, and are others then', () => {
    const keys = new TicketKeys(createTicketMemory())
    keys.rotate()
    const before = keys.changedSince(0)
    expect(keys.changedSince(before?.generation ?? 0)).toBeNull()
    keys.rotate()
    const after = keys.changedSince(before?.generation ?? 0)
    expect(after?.keys.equals(before?.keys ?? Buffer.alloc(48))).toBe(false)
    expect(after?.generation).not.toBe(before?.generation)
  })

  test('are not there before the first rotation', () => {
    expect(new TicketKeys(createTicketMemory()).changedSince(0)).toBeNull()
  })

  test('are not given while they are being written', () => {
    const memory = createTicketMemory()
    const keys = new TicketKeys(memory)
    keys.rotate()
    Atomics.add(new Int32Array(memory, 0, 1), 0, 1)
    expect(keys.changedSince(0)).toBeNull()
  })

  test('that were read stay what they were', () => {
    const keys = new TicketKeys(createTicketMemory())
    keys.rotate()
    const before = keys.changedSince(0)?.keys ?? Buffer.alloc(0)
    const copy = Buffer.from(before)
    keys.rotate()
    expect(before.equals(copy)).toBe(true)
  })
})
