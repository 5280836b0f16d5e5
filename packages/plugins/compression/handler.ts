import { type BrotliOptions, constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type * as z from 'zod'
import { type BodyEncoder, definePluginHandler, type EncoderStream, type HeaderFields, type PluginExchange, type PluginInstance } from '../contract.ts'
import { chooseCoding } from './accept-encoding.ts'
import { type CODINGS, compressionSchema } from './schema.ts'

type Config = z.output<typeof compressionSchema.config>
type Coding = (typeof CODINGS)[number]
type Answer = { status: number; headers: HeaderFields; length: number | null | 'none' }

/** Windows of 256 KiB to 512 KiB: what one body may cost in memory is bounded by them. */
const BROTLI_WINDOW_BITS = 18
const ZSTD_WINDOW_BITS = 19
const NO_TRANSFORM = /(?:^|[\s,])no-transform(?:$|[\s,;])/i
/** Ways to say Accept-Encoding that are remembered. */
const CHOSEN_MAX = 256
/** Node.js has Zstandard since 22.15. */
const AVAILABLE: ReadonlySet<Coding> = new Set<Coding>(typeof createZstdCompress === 'function' ? ['gzip', 'br', 'zstd'] : ['gzip', 'br'])

function open(coding: Coding, { gzip_level, br_quality, zstd_level }: Config, length: number | null): { stream: EncoderStream; flush(): void } {
  if (coding === 'gzip') {
    const stream = createGzip({ level: gzip_level })
    return { stream, flush: () => stream.flush(constants.Z_SYNC_FLUSH) }
  }
  if (coding === 'br') {
    const params: NonNullable<BrotliOptions['params']> = { [constants.BROTLI_PARAM_QUALITY]: br_quality, [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS }
    if (length !== null) params[constants.BROTLI_PARAM_SIZE_HINT] = length
    const stream = createBrotliCompress({ params })
    return { stream, flush: () => stream.flush(constants.BROTLI_OPERATION_FLUSH) }
  }
  const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: zstd_level, [constants.ZSTD_c_windowLog]: ZSTD_WINDOW_BITS } })
  return { stream, flush: () => stream.flush(constants.ZSTD_e_flush) }
}

const saysNoTransform = (headers: HeaderFields) => headers.has('cache-control') && headers.getAll('cache-control').some((line) => NO_TRANSFORM.test(line))

function addVary(headers: HeaderFields): void {
  const names = headers.getAll('vary').flatMap((line) => line.split(',').map((name) => name.trim().toLowerCase()))
  if (!names.includes('accept-encoding') && !names.includes('*')) headers.add('Vary', 'Accept-Encoding')
}

/** RFC 9110 8.8.3.3: other bytes cannot have the same strong tag; 14.3: nor are their ranges those of the plain ones. */
function markEncoded(headers: HeaderFields, coding: Coding): void {
  headers.set('Content-Encoding', coding)
  const tag = headers.get('etag')
  if (tag?.startsWith('"') === true) headers.set('ETag', `W/${tag}`)
  for (const name of ['accept-ranges', 'content-length', 'content-md5', 'digest', 'content-digest']) headers.remove(name)
}

class Compression implements PluginInstance {
  readonly #config: Config
  readonly #offered: readonly Coding[]
  readonly #types: ReadonlySet<string>
  /** What clients accept is said in few ways: each is read once. */
  readonly #chosen = new Map<string, Coding | null>()
  #running = 0

  constructor(config: Config) {
    this.#config = config
    this.#offered = config.algorithms.filter((coding) => AVAILABLE.has(coding))
    this.#types = new Set(config.content_types)
  }

  onRequest(exchange: PluginExchange): undefined {
    const { requestHeaders } = exchange
    const lines = requestHeaders.getAll('accept-encoding')
    const coding = saysNoTransform(requestHeaders) || lines.length === 0 ? null : this.#codingFor(lines.join(','))
    exchange.encodeResponse((answer) => this.#choose(answer, coding))
    return undefined
  }

  #codingFor(field: string): Coding | null {
    const known = this.#chosen.get(field)
    if (known !== undefined) return known
    const coding = chooseCoding(field, this.#offered)
    if (this.#chosen.size >= CHOSEN_MAX) this.#chosen.clear()
    this.#chosen.set(field, coding)
    return coding
  }

  #choose({ status, headers, length }: Answer, coding: Coding | null): BodyEncoder | null {
    if (!this.#isEligible(status, headers)) return null
    // A body that is too short for one client is so for all.
    if (typeof length === 'number' && length < this.#config.min_length) return null
    addVary(headers)
    if (coding === null || length === 'none' || length === 0 || this.#running >= this.#config.max_concurrent) return null
    markEncoded(headers, coding)
    this.#running += 1
    return {
      ...open(coding, this.#config, length),
      onOver: () => {
        this.#running -= 1
      },
    }
  }

  #isEligible(status: number, headers: HeaderFields): boolean {
    if (status < 200 || status === 204 || status === 206 || status === 304 || headers.has('content-range')) return false
    const given = headers.get('content-encoding')
    if (given !== null && given.toLowerCase() !== 'identity') return false
    return !saysNoTransform(headers) && this.#takes(headers.get('content-type'))
  }

  #takes(contentType: string | null): boolean {
    if (contentType === null) return false
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    return this.#types.has(type) || this.#types.has(`${type.split('/', 1)[0]}/*`)
  }
}

export const compressionHandler = definePluginHandler(compressionSchema, (config) => new Compression(config))
