/** A part of a read; `isShared` where the memory is used again as soon as the read is over. */
export interface Piece {
  buffer: Buffer
  from: number
  to: number
  isShared: boolean
}

/** Bytes of a client that were read and not yet understood. Memory that is read into again is copied from only where bytes have to wait. */
export class HeldBytes {
  #buffer: Buffer | null = null
  #isShared = false
  from = 0
  to = 0

  get isEmpty(): boolean {
    return this.#buffer === null
  }

  /** What lies between `from` and `to`; only while there is something. */
  get buffer(): Buffer {
    return this.#buffer as Buffer
  }

  /** Whether the memory is used again as soon as the present read is over. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** The first `length` bytes of a read, behind what is there. */
  put(buffer: Buffer, length: number, isShared: boolean): void {
    if (length === 0) return
    if (this.#buffer === null) {
      this.#buffer = buffer
      this.#isShared = isShared
      this.from = 0
      this.to = length
      return
    }
    const whole = Buffer.concat([this.#buffer.subarray(this.from, this.to), buffer.subarray(0, length)])
    this.#buffer = whole
    this.#isShared = false
    this.from = 0
    this.to = whole.byteLength
  }

  /** All before `end` is understood. */
  advance(end: number): void {
    if (end < this.to) this.from = end
    else this.clear()
  }

  clear(): void {
    this.#buffer = null
  }

  /** The read is over: what is left has to wait. */
  keep(): void {
    if (this.#buffer === null || !this.#isShared) return
    this.#buffer = Buffer.from(this.#buffer.subarray(this.from, this.to))
    this.#isShared = false
    this.to -= this.from
    this.from = 0
  }

  /** The end of what was taken. */
  putBack({ buffer, from, to, isShared }: Piece): void {
    this.#buffer = buffer
    this.#isShared = isShared
    this.from = from
    this.to = to
  }

  /** Everything, which is then gone; null where there is nothing. */
  takeAll(): Buffer | null {
    const buffer = this.#buffer
    if (buffer === null) return null
    this.#buffer = null
    const rest = buffer.subarray(this.from, this.to)
    return this.#isShared ? Buffer.from(rest) : rest
  }
}
