import type { InFlightBounds, InFlightPlaces, Place } from '../contract.ts'

interface Key {
  inside: number
  waiting: (() => void)[]
}

/** Places of one process, as the contract describes them, in the plainest way. */
export class PlainPlaces implements InFlightPlaces {
  readonly #keys = new Map<string, Key>()

  enter(name: string, { limit, queueMax, waitMs }: InFlightBounds): Place {
    const key = this.#keys.get(name) ?? { inside: 0, waiting: [] }
    this.#keys.set(name, key)
    if (key.inside < limit && key.waiting.length === 0) {
      key.inside += 1
      return { state: 'entered', entered: null, leave: this.#leaving(key) }
    }
    if (key.waiting.length >= queueMax) return { state: 'full', entered: null, leave: () => {} }
    return this.#wait(key, waitMs)
  }

  #leaving(key: Key): () => void {
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      const next = key.waiting.shift()
      if (next === undefined) key.inside -= 1
      else next()
    }
  }

  #wait(key: Key, waitMs: number): Place {
    let leave = () => {}
    const entered = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => leave(), waitMs)
      const take = () => {
        clearTimeout(timer)
        leave = this.#leaving(key)
        resolve(true)
      }
      leave = () => {
        clearTimeout(timer)
        key.waiting = key.waiting.filter((other) => other !== take)
        resolve(false)
      }
      key.waiting.push(take)
    })
    return { state: 'waiting', entered, leave: () => leave() }
  }
}
