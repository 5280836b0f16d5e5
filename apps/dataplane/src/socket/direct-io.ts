import type { Socket } from 'node:net'

/** What Node.js's own streams write through. A write either is taken by the system at once or waits in the handle, which then tells `oncomplete`. */
export interface WriteRequest {
  handle: WriteHandle | null
  /** Kept alive while the system has not taken all of it. */
  buffer: Uint8Array | null
  oncomplete: ((status: number) => void) | null
}

export interface WriteHandle {
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  /** Bytes that wait in the handle. */
  readonly writeQueueSize: number
}

/** What is read comes into memory that the reader chooses, read by read. */
export interface DirectReader {
  /** Memory for the next read. */
  take(): Buffer
  /** One read: the first `bytes` of `buffer`. False stops reading until the socket is resumed. */
  onRead(bytes: number, buffer: Buffer): boolean
}

interface ReadHandle {
  onread: (this: ReadHandle, memory: ArrayBuffer | undefined) => unknown
  reading: boolean
  readStop(): number
}

/** The parts of this Node.js under its streams. */
export interface DirectIo {
  makeRequest(): WriteRequest
  /** Whether the last write on any handle has to wait. */
  hasToWait(): boolean
  /**
   * What comes on a socket that was made with `onread` goes to `reader` at once from now on. Ends and errors take their usual way. False where the
   * socket has no handle that can.
   */
  read(socket: Socket, reader: DirectReader): boolean
}

interface StreamBinding {
  WriteWrap: new () => WriteRequest
  streamBaseState: Int32Array
  kLastWriteWasAsync: number
  kReadBytesOrError: number
}

function isBinding(value: unknown): value is StreamBinding {
  if (typeof value !== 'object' || value === null) return false
  const { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError } = value as Partial<StreamBinding>
  return typeof WriteWrap === 'function' && streamBaseState instanceof Int32Array && typeof kLastWriteWasAsync === 'number' && typeof kReadBytesOrError === 'number'
}

const isReadHandle = (handle: object | null): handle is ReadHandle => handle !== null && 'onread' in handle && typeof handle.onread === 'function' && 'readStop' in handle

function readDirectly(socket: Socket, reader: DirectReader, readBytes: () => number): boolean {
  const handle = '_handle' in socket ? (socket._handle as object | null) : null
  if (!isReadHandle(handle)) return false
  const usual = handle.onread
  // What the socket was made with.
  let memory = reader.take()
  handle.onread = function (unused) {
    const bytes = readBytes()
    if (bytes <= 0 || socket.destroyed) return usual.call(this, unused)
    if (!reader.onRead(bytes, memory)) {
      handle.reading = false
      if (!socket.destroyed) handle.readStop()
    }
    const next = reader.take()
    if (next === memory) return undefined
    memory = next
    return next
  }
  return true
}

/** Null where this Node.js has no such parts. */
export function findDirectIo(): DirectIo | null {
  try {
    const binding = 'binding' in process ? process.binding : null
    const found: unknown = typeof binding === 'function' ? binding.call(process, 'stream_wrap') : null
    if (!isBinding(found)) return null
    const { WriteWrap, streamBaseState: state, kLastWriteWasAsync: wait, kReadBytesOrError: read } = found
    const readBytes = () => state[read] as number
    return { makeRequest: () => new WriteWrap(), hasToWait: () => state[wait] !== 0, read: (socket, reader) => readDirectly(socket, reader, readBytes) }
  } catch {
    return null
  }
}
