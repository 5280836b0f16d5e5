import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type HubMessage, LINK_LIMITS } from '@sluice/shared/protocol'
import { type Snapshot, snapshotSchema } from '@sluice/shared/snapshot'

type Announcement = Extract<HubMessage, { type: 'snapshot' }>

const INDEX_BYTES = 4
const unpack = promisify(gunzip)

/** What came is not what was announced: the hub or what is between us is broken, and the connection cannot be trusted further. */
export class BrokenSnapshotError extends Error {}

/** Puts the chunks of one announced snapshot together. Holds no more than was announced, and never more than LINK_LIMITS allows. */
export class SnapshotAssembly {
  readonly announced: Announcement
  readonly startedAtMs: number
  readonly #chunks: Buffer[] = []
  readonly #packedBytesMax: number
  #packedBytes = 0

  constructor(announced: Announcement, startedAtMs: number) {
    if (announced.bytes > LINK_LIMITS.snapshotBytesMax)
      throw new BrokenSnapshotError(`a snapshot of ${announced.bytes} bytes was announced; at most ${LINK_LIMITS.snapshotBytesMax} are taken`)
    this.announced = announced
    this.startedAtMs = startedAtMs
    // gzip makes what cannot be compressed longer by 5 bytes in each 16 KiB, and has a head and a tail.
    this.#packedBytesMax = Math.ceil(announced.bytes * 1.001) + 1024
  }

  /** Takes the next chunk; true when it was the last. */
  add(frame: Buffer): boolean {
    const { chunks } = this.announced
    if (frame.byteLength <= INDEX_BYTES || frame.byteLength > LINK_LIMITS.chunkBytesMax + INDEX_BYTES) throw new BrokenSnapshotError(`a chunk of ${frame.byteLength} bytes came`)
    const index = frame.readUInt32BE(0)
    if (index !== this.#chunks.length) throw new BrokenSnapshotError(`chunk ${index} came where ${this.#chunks.length} was due`)
    this.#packedBytes += frame.byteLength - INDEX_BYTES
    if (this.#packedBytes > this.#packedBytesMax) throw new BrokenSnapshotError(`the chunks have more bytes than the ${this.announced.bytes} that were announced`)
    this.#chunks.push(frame.subarray(INDEX_BYTES))
    return this.#chunks.length === chunks
  }

  /** The document, checked for its form but not for its content. */
  async read(): Promise<Snapshot> {
    const { bytes, revision, hash } = this.announced
    const json = await unpack(Buffer.concat(this.#chunks), { maxOutputLength: Math.max(1, bytes) }).catch((error: Error) => {
      throw new BrokenSnapshotError(`the snapshot cannot be unpacked: ${error.message}`)
    })
    if (json.byteLength !== bytes) throw new BrokenSnapshotError(`the snapshot has ${json.byteLength} bytes where ${bytes} were announced`)
    const snapshot = parse(json)
    if (snapshot.revision !== revision || snapshot.hash !== hash) throw new BrokenSnapshotError('the snapshot is another one than was announced')
    return snapshot
  }
}

function parse(json: Buffer): Snapshot {
  try {
    return snapshotSchema.parse(JSON.parse(json.toString('utf8')))
  } catch (error) {
    throw new BrokenSnapshotError(`the snapshot is not one of this protocol: ${(error as Error).message.slice(0, 500)}`)
  }
}
