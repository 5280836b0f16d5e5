import { describe, expect, test } from 'vitest'
import { HeldBytes } from './held-bytes.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const textOf = (held: HeldBytes) => (held.isEmpty ? '' : held.buffer.toString('latin1', held.from, held.to))

describe('what of a read is not understood yet', () => {
  test('is the part behind what was', () => {
    const held = new HeldBytes()
    held.put(bytes('abcdef'), 6, false)
    held.advance(4)
    expect(textOf(held)).toBe('ef')
    held.advance(6)
    expect(held.isEmpty).toBe(true)
  })

  test('only the bytes that were read count, whatever else is in the memory', () => {
    const held = new HeldBytes()
    held.put(bytes('abc-old'), 3, true)
    expect(textOf(held)).toBe('abc')
    held.put(bytes('def-old'), 3, true)
    expect(textOf(held)).toBe('abcdef')
  })

  test('a read of nothing changes nothing', () => {
    const held = new HeldBytes()
    held.put(bytes('abc'), 0, true)
    expect(held.isEmpty).toBe(true)
  })

  test('what waits survives the next read into the same memory', () => {
    const memory = bytes('abcdef')
    const held = new HeldBytes()
    held.put(memory, 6, true)
    held.advance(2)
    held.keep()
    memory.fill('x')
    expect(held.isShared).toBe(false)
    expect(textOf(held)).toBe('cdef')
    held.put(memory, 2, true)
    expect(textOf(held)).toBe('cdefxx')
  })

  test('memory of its own is not copied', () => {
    const memory = bytes('abcdef')
    const held = new HeldBytes()
    held.put(memory, 6, false)
    held.keep()
    expect(held.buffer).toBe(memory)
  })

  test('what was not wanted is put back as it was', () => {
    const memory = bytes('abcdef')
    const held = new HeldBytes()
    held.putBack({ buffer: memory, from: 2, to: 5, isShared: true })
    expect(textOf(held)).toBe('cde')
    expect(held.isShared).toBe(true)
  })

  test('everything can be taken away, and is then a copy of shared memory', () => {
    const memory = bytes('abcdef')
    const held = new HeldBytes()
    held.put(memory, 6, true)
    held.advance(3)
    const rest = held.takeAll()
    memory.fill('x')
    expect(rest?.toString('latin1')).toBe('def')
    expect(held.isEmpty).toBe(true)
    expect(held.takeAll()).toBeNull()
  })
})
