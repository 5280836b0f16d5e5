import type { AnswerWatch, PluginReply, WatchedHead } from '../contract.ts'
import { replyFrom } from './answers.ts'
import type { Cache } from './cache.ts'
import type { CacheRequest } from './cache-request.ts'
import { isNotModified, validatorsOf } from './conditions.ts'
import type { ReadFields } from './field-list.ts'
import type { Flight } from './flights.ts'
import { servesOnError } from './reuse.ts'
import { StoredAnswer, type StoredParts } from './stored-answer.ts'
import { partsToStore, updatedFields } from './storing.ts'
import { type ForwardReason, tell } from './telling.ts'

export interface FillInput {
  request: CacheRequest
  /** Fields of the request as the cache saw them: later plugins may change them, and a listener may use their memory again. */
  requestHeaders: ReadFields
  /** The answer that is asked about, whose conditions went upstream; null for none. */
  stale: StoredAnswer | null
  reason: ForwardReason
  /** Who waits for this; null for nobody. */
  flight: Flight | null
  /** The client's own conditions were taken off the request, so that a whole answer comes. */
  hasTakenConditions: boolean
  /** No client waits: nothing is told to one. */
  isBackground: boolean
}

/** RFC 5861 4: statuses for which a stale answer may be given instead. */
const ERRORS = new Set([500, 502, 503, 504])

/** Follows an upstream's answer on its way to the client and keeps it, where it is one to keep and comes whole. */
export class Fill implements AnswerWatch {
  readonly #cache: Cache
  readonly #input: FillInput
  #parts: Omit<StoredParts, 'body'> | null = null
  #pieces: Uint8Array[] = []
  #size = 0
  #hasHead = false
  #isOver = false

  constructor(cache: Cache, input: FillInput) {
    this.#cache = cache
    this.#input = input
  }

  get wantsBody(): boolean {
    return this.#parts !== null
  }

  onHead(head: WatchedHead): PluginReply | undefined {
    this.#hasHead = true
    const { stale, request } = this.#input
    if (head.status === 304 && stale !== null) return this.#onValidated(stale, head)
    if (ERRORS.has(head.status)) {
      const kept = this.#insteadOfError(head.status)
      if (kept !== undefined) return kept
    }
    this.#parts = request.isStorable ? this.#partsOf(head) : null
    if (request.wishes.isHead && stale !== null && head.status === 200 && isAboutTheSame(stale, head.headers)) this.#renew(stale, head)
    else if (this.#parts === null) this.#onNotKept(head)
    this.#tell(head)
    return this.#notModified(head)
  }

  onPiece(piece: Uint8Array): void {
    if (this.#parts === null) return
    const { shelf } = this.#cache
    const fits = this.#size + piece.byteLength <= shelf.answerBytesMax
    if (fits && shelf.hold(piece.byteLength)) {
      this.#size += piece.byteLength
      // A small piece of a large read would keep all of that.
      this.#pieces.push(piece.byteLength * 2 < piece.buffer.byteLength ? new Uint8Array(piece) : piece)
      return
    }
    this.#forget()
    if (!fits) shelf.pass(this.#input.request.key)
    this.#input.flight?.land('not-kept')
  }

  onEnd(isWhole: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    const { flight, request, requestHeaders } = this.#input
    const answer = isWhole && this.#parts !== null ? new StoredAnswer({ ...this.#parts, body: Buffer.concat(this.#pieces, this.#size) }) : null
    this.#forget()
    if (answer !== null) this.#cache.shelf.put(request.key, answer, requestHeaders)
    flight?.land(answer === null ? 'abandoned' : 'kept')
  }

  onFailure(status: number): PluginReply | undefined {
    return this.#hasHead ? undefined : this.#insteadOfError(status)
  }

  #partsOf(head: WatchedHead): Omit<StoredParts, 'body'> | null {
    const { request, requestHeaders } = this.#input
    const { settings, shelf } = this.#cache
    if (typeof head.length === 'number' && head.length > shelf.answerBytesMax) return null
    const receivedAtMs = this.#cache.nowMs()
    return partsToStore({ head, requestHeaders, generations: request.generations, requestedAtMs: request.startedAtMs, receivedAtMs }, settings)
  }

  #onNotKept({ status }: WatchedHead): void {
    const { request, stale, flight } = this.#input
    const { shelf } = this.#cache
    // RFC 9111 4.3.3 and 4.3.5: what the upstream answers now is no longer what is kept.
    if (stale !== null && status < 500) shelf.remove(request.key, stale)
    if (request.isStorable && status < 500) shelf.pass(request.key)
    flight?.land('not-kept')
  }

  #onValidated(stale: StoredAnswer, head: WatchedHead): PluginReply {
    const { answer, isKept } = this.#renew(stale, head)
    this.#tellStored(answer, `fwd=${this.#input.reason}; fwd-status=304${isKept ? '; stored' : ''}`)
    return replyFrom(answer, this.#input.request.wishes)
  }

  /** RFC 9111 4.3.4 and 4.3.5: the stored answer is fresh again, with the new fields. */
  #renew(stale: StoredAnswer, head: WatchedHead): { answer: StoredAnswer; isKept: boolean } {
    const { request, requestHeaders, flight } = this.#input
    const { settings, shelf } = this.#cache
    const receivedAtMs = this.#cache.nowMs()
    const fields = updatedFields(stale, head.headers)
    const parts = partsToStore(
      { head: { status: stale.parts.status, headers: fields }, requestHeaders, generations: request.generations, requestedAtMs: request.startedAtMs, receivedAtMs },
      settings,
    )
    const answer = parts === null ? stale : new StoredAnswer({ ...parts, body: stale.parts.body })
    if (parts === null) shelf.remove(request.key, stale)
    else shelf.put(request.key, answer, requestHeaders)
    flight?.land(parts === null ? 'not-kept' : 'kept')
    return { answer, isKept: parts !== null }
  }

  #insteadOfError(status: number): PluginReply | undefined {
    const { stale, request, isBackground, flight } = this.#input
    const { settings } = this.#cache
    if (stale === null || !ERRORS.has(status) || isBackground || !servesOnError(stale, request.directives, settings, this.#cache.nowMs())) return undefined
    flight?.land('not-kept')
    this.#tellStored(stale, `hit; fwd=stale; fwd-status=${status}; detail=stale-if-error`)
    return replyFrom(stale, request.wishes)
  }

  #tellStored(answer: StoredAnswer, detail: string): void {
    const { request, isBackground } = this.#input
    if (isBackground) return
    const word = detail.startsWith('hit') ? 'Hit' : 'Refresh'
    tell(request.exchange, this.#cache.settings, { word, detail, before: answer.cacheStatus, ageS: answer.ageS(this.#cache.nowMs()) })
  }

  #tell(head: WatchedHead): void {
    const { request, stale, reason, isBackground } = this.#input
    if (isBackground) return
    const isKept = this.#parts !== null
    const seen = stale === null ? 'Miss' : 'Refresh'
    const word = reason === 'request' ? 'Bypass' : isKept || request.wishes.isHead ? seen : 'Bypass'
    tell(request.exchange, this.#cache.settings, {
      word,
      detail: `fwd=${reason}; fwd-status=${head.status}${isKept ? '; stored' : ''}`,
      before: head.headers.getAll('cache-status'),
    })
  }

  /** The client asked whether it has what is there now: it has, and the whole answer is for the cache alone. */
  #notModified(head: WatchedHead): PluginReply | undefined {
    const { request, hasTakenConditions } = this.#input
    if (!hasTakenConditions || head.status !== 200 || !isNotModified(request.wishes.conditions, validatorsOf(head.headers, this.#cache.nowMs()))) return undefined
    return { kind: 'stored', status: 304, fields: notModifiedFields(head.headers), body: null, refresh: null }
  }

  #forget(): void {
    this.#cache.shelf.release(this.#size)
    this.#size = 0
    this.#parts = null
    this.#pieces = []
  }
}

/** RFC 9111 4.3.5: whether an answer to HEAD is about what is kept: its validators and its length, where it has them, are the same. */
function isAboutTheSame({ parts }: StoredAnswer, headers: ReadFields): boolean {
  const kept = (name: string) => (name === 'content-length' ? String(parts.body.byteLength) : parts.fields.find(([other]) => other.toLowerCase() === name)?.[1])
  return ['etag', 'last-modified', 'content-length'].every((name) => !headers.has(name) || headers.get(name) === kept(name))
}

const notModifiedFields = (headers: ReadFields) => [...headers.entries()].filter(([name]) => !/^content-(?:encoding|language|length|md5|range|type)$/i.test(name))
