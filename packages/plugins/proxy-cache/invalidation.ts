import type { AnswerWatch, PluginExchange, SharedGenerations, WatchedHead } from '../contract.ts'
import { referencedName, uriName } from './cache-key.ts'

/** RFC 9110 9.2.1: all other methods may change what is kept. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

export const isUnsafe = (method: string) => !SAFE.has(method)

/** RFC 9111 4.4: an unsafe request that did not fail makes invalid what is kept of its target, and of what Location and Content-Location name. */
export class Invalidation implements AnswerWatch {
  readonly wantsBody = false
  readonly #exchange: PluginExchange
  readonly #generations: SharedGenerations

  constructor(exchange: PluginExchange, generations: SharedGenerations) {
    this.#exchange = exchange
    this.#generations = generations
  }

  onHead({ status, headers }: WatchedHead): undefined {
    if (status < 200 || status >= 400) return undefined
    const named = [headers.get('location'), headers.get('content-location')].flatMap((reference) => (reference === null ? [] : (referencedName(reference, this.#exchange) ?? [])))
    for (const name of [ownUri(this.#exchange), ...named]) this.#generations.advance(this.#generations.placeOf(name))
    return undefined
  }

  onPiece(): void {}
  onEnd(): void {}
  onFailure(): undefined {}
}

/** The URI as the client wrote it, whatever plugins made of it since: that is how other requests name it. */
export function ownUri({ host, path, rawTarget }: PluginExchange): string {
  const at = rawTarget.indexOf('?')
  return uriName(host, path, at < 0 ? null : rawTarget.slice(at + 1))
}
