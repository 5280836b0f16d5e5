import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

const MAGIC = Buffer.from('SLUICE1\n')
const IV_BYTES = 12
const TAG_BYTES = 16

/** The last good file cannot be used, and why. The node starts without it. */
export class LastGoodError extends Error {}

/** The node's own key: 32 bytes, made at the first start, readable by its owner only. */
export function loadNodeKey(dataDir: string): Buffer {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'node.key')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.byteLength !== 32) throw new LastGoodError(`${file} is not a key of 32 bytes in hex; restore it, or remove it together with last-good`)
  return key
}

/** The last configuration that every worker served, on disk under AES-256-GCM with the node's key. */
export class LastGoodFile {
  readonly #file: string
  readonly #key: Buffer

  constructor(dataDir: string, key: Buffer) {
    this.#file = join(dataDir, 'last-good')
    this.#key = key
  }

  /** Written beside, synced, then renamed: a kill or a full disk leaves the former file whole. */
  async write(bytes: Uint8Array): Promise<void> {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv)
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()])
    const temporary = `${this.#file}.new`
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(Buffer.concat([MAGIC, iv, cipher.getAuthTag(), sealed]))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, this.#file)
  }

  /** The bytes that were written, or null where there is no file; throws LastGoodError where it was cut, altered or sealed by another key. */
  read(): Buffer | null {
    if (!existsSync(this.#file)) return null
    const content = readFileSync(this.#file)
    const head = MAGIC.byteLength + IV_BYTES + TAG_BYTES
    if (content.byteLength < head || !content.subarray(0, MAGIC.byteLength).equals(MAGIC))
      throw new LastGoodError(`${this.#file} is truncated or not a configuration; it is left out`)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, content.subarray(MAGIC.byteLength, MAGIC.byteLength + IV_BYTES))
    decipher.setAuthTag(content.subarray(MAGIC.byteLength + IV_BYTES, head))
    try {
      return Buffer.concat([decipher.update(content.subarray(head)), decipher.final()])
    } catch {
      throw new LastGoodError(`${this.#file} was truncated, altered, or written with another node.key; it is left out`)
    }
  }
}

/**
 * Pause between two writes while revisions come quickly: at least this, and so long that making the bytes takes a twentieth of the time at
 * most. At 50,000 routes they take 0.3 s, and a change every second must not cost as much every second.
 */
const WRITE_REST_MS = 100
const REST_PER_WORK = 20

/** Keeps the last good file up to date without making anyone wait: what changes while it writes is written together, after a short rest. */
export class LastGoodWriter {
  readonly #file: LastGoodFile
  readonly #content: () => Buffer | null
  readonly #onError: (error: Error) => void
  #isDirty = false
  #running: Promise<void> | null = null
  #endRest = () => {}
  /** How many wait for everything to be written: there is no rest then. */
  #waiting = 0

  constructor(file: LastGoodFile, content: () => Buffer | null, onError: (error: Error) => void) {
    this.#file = file
    this.#content = content
    this.#onError = onError
  }

  /** There is something newer. It is read when its turn to be written comes, after what the caller still has to do. */
  schedule(): void {
    this.#isDirty = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing waits to be written, which is then written without a rest. */
  async settled(): Promise<void> {
    this.#waiting += 1
    this.#endRest()
    while (this.#running !== null) await this.#running
    this.#waiting -= 1
  }

  async #run(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#isDirty) {
      this.#isDirty = false
      let workMs = 0
      try {
        const startedAt = performance.now()
        const bytes = this.#content()
        workMs = performance.now() - startedAt
        if (bytes !== null) await this.#file.write(bytes)
      } catch (error) {
        this.#onError(error as Error)
      }
      if (this.#isDirty && this.#waiting === 0) await this.#rest(Math.max(WRITE_REST_MS, workMs * REST_PER_WORK))
    }
    this.#running = null
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
