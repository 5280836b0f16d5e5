import { expect, test } from 'vitest'
import { ReadBuffer } from './read-buffer.ts'

const LARGE = 64 * 1024

test('small reads share one memory, also between connections', () => {
  const [one, other] = [new ReadBuffer(), new ReadBuffer()]
  expect(one.take()).toBe(other.take())
  one.advance(1_000, true, true)
  one.advance(LARGE, false, true)
  expect([one.isShared, one.take()]).toEqual([true, other.take()])
})

test('a large read of a long body is followed by one into memory of its own', () => {
  const [one, other] = [new ReadBuffer(), new ReadBuffer()]
  for (const buffer of [one, other]) buffer.advance(LARGE, true, true)
  expect([one.isShared, other.isShared]).toEqual([false, false])
  expect(one.take()).not.toBe(other.take())
})

test('memory that somebody still uses is never read into again', () => {
  const buffer = new ReadBuffer()
  const seen = new Set<Buffer>()
  for (let read = 0; read < 40; read += 1) {
    buffer.advance(LARGE, true, true)
    seen.add(buffer.take())
  }
  expect(seen.size).toBe(40)
  buffer.advance(0, false, true)
  const next = new ReadBuffer()
  next.advance(LARGE, true, true)
  expect(seen).not.toContain(next.take())
})

test('memory that nobody uses is read into again, and by the next connection when the body is over', () => {
  const buffer = new ReadBuffer()
  buffer.advance(LARGE, true, true)
  const own = buffer.take()
  buffer.advance(LARGE, true, false)
  expect(buffer.take()).toBe(own)
  buffer.advance(0, false, false)
  expect([buffer.isShared, buffer.take() === own]).toEqual([true, false])
  const next = new ReadBuffer()
  next.advance(LARGE, true, false)
  expect(next.take()).toBe(own)
})

test('no more than a megabyte is kept', () => {
  const buffers = Array.from({ length: 40 }, () => new ReadBuffer())
  for (const buffer of buffers) buffer.advance(LARGE, true, true)
  const own = new Set(buffers.map((buffer) => buffer.take()))
  for (const buffer of buffers) buffer.advance(0, false, false)
  for (const buffer of buffers) buffer.advance(LARGE, true, true)
  expect(buffers.filter((buffer) => own.has(buffer.take()))).toHaveLength(16)
})
