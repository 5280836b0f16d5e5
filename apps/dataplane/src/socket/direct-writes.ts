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

/** The parts of this Node.js that direct writes use. */
export interface DirectWrites {
  makeRequest(): WriteRequest
  /** Whether the last write on any handle has to wait. */
  hasToWait(): boolean
}

interface StreamBinding {
  WriteWrap: new () => WriteRequest
  streamBaseState: Int32Array
  kLastWriteWasAsync: number
}

function isBinding(value: unknown): value is StreamBinding {
  if (typeof value !== 'object' || value === null) return false
  const { WriteWrap, streamBaseState, kLastWriteWasAsync } = value as Partial<StreamBinding>
  return typeof WriteWrap === 'function' && streamBaseState instanceof Int32Array && typeof kLastWriteWasAsync === 'number'
}

/** Null where this Node.js has no such parts. */
export function findDirectWrites(): DirectWrites | null {
  try {
    const { binding } = process as unknown as { binding?: (name: string) => unknown }
    const found = binding?.call(process, 'stream_wrap')
    if (!isBinding(found)) return null
    const { WriteWrap, streamBaseState: state, kLastWriteWasAsync: place } = found
    return { makeRequest: () => new WriteWrap(), hasToWait: () => state[place] !== 0 }
  } catch {
    return null
  }
}
