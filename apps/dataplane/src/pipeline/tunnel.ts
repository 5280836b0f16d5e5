import type { RawPeer, RawSide } from '../exchange/client-side.ts'

/** Bytes both ways between a client and an upstream that speak another protocol now; each side may end its half. */
export class Tunnel {
  readonly #onDone: () => void
  #open = 2

  constructor(client: RawSide, upstream: RawSide, onDone: () => void) {
    this.#onDone = onDone
    client.attach(this.#peerOf(client, upstream))
    upstream.attach(this.#peerOf(upstream, client))
  }

  /** What happens on `side` is passed on to `other`. */
  #peerOf(side: RawSide, other: RawSide): RawPeer {
    let hasEnded = false
    return {
      onBytes: (bytes) => other.write(bytes),
      onEnd: () => {
        hasEnded = true
        other.end()
      },
      onDrain: () => other.resume(),
      onClosed: () => {
        // What was sent before an orderly end may still be on its way; after a cut nothing may look whole.
        if (!hasEnded) other.destroy()
        else if (this.#open === 2) side.destroy()
        this.#open -= 1
        if (this.#open === 0) this.#onDone()
      },
    }
  }
}
