import { createWriteStream, type WriteStream } from 'node:fs'

/** Bytes that may wait for a slow disk or reader; lines beyond them are dropped and counted. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024

/** JSON lines of ended exchanges to a file or to standard output. Never delays a request. */
export class AccessLog {
  readonly #stream: NodeJS.WritableStream & { writableLength: number }
  dropped = 0

  /** `stdout`, or the path of a file that is appended to. */
  constructor(destination: string) {
    this.#stream = destination === 'stdout' ? process.stdout : createWriteStream(destination, { flags: 'a', mode: 0o640 })
    this.#stream.on('error', () => {
      this.dropped += 1
    })
  }

  write(lines: string): void {
    if (this.#stream.writableLength > WAITING_BYTES_MAX) this.dropped += lines.split('\n').length - 1
    else this.#stream.write(lines)
  }

  close(): Promise<void> {
    if (this.#stream === process.stdout) return Promise.resolve()
    return new Promise((resolve) => (this.#stream as WriteStream).end(() => resolve()))
  }
}
