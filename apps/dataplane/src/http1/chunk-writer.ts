/** What stands before `bytes` (at least 1) bytes of data in a chunked body; CHUNK_END stands behind them (RFC 9112 7.1). */
export function chunkStart(bytes: number): string {
  // A chunk of no bytes would end the body.
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new RangeError(`not the size of a chunk: ${bytes}`)
  return `${bytes.toString(16)}\r\n`
}

export const CHUNK_END = '\r\n'

/** The end of a chunked body without trailers. */
export const LAST_CHUNK = '0\r\n\r\n'

/** The end of a chunked body with these trailers: lines with their CRLF, of fields that may be trailers (RFC 9112 7.1.2). */
export const lastChunk = (trailerLines: string): string => `0\r\n${trailerLines}\r\n`
