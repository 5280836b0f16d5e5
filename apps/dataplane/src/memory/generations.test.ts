import { expect, test } from 'vitest'
import { createGenerationMemory, GenerationTable } from './generations.ts'

test('what one advances all others see, under the same name', () => {
  const memory = createGenerationMemory()
  const [one, other] = [new GenerationTable(memory), new GenerationTable(memory)]
  const place = one.placeOf('uri shop.test /')
  expect(other.placeOf('uri shop.test /')).toBe(place)
  expect(other.at(place)).toBe(0)
  one.advance(place)
  expect(other.at(place)).toBe(1)
})

test('who does not know the secret cannot tell which names share a place', () => {
  const names = Array.from({ length: 50 }, (_, index) => `uri shop.test /${index}`)
  const [one, other] = [new GenerationTable(createGenerationMemory()), new GenerationTable(createGenerationMemory())]
  expect(names.map((name) => one.placeOf(name))).not.toEqual(names.map((name) => other.placeOf(name)))
})
