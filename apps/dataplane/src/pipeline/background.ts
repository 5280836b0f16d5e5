import type { BackgroundRequest, BodyWatch, RequestCopy } from '@sluice/plugins/contract'
import { AbsentClient } from '../exchange/absent-client.ts'
import { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { UpstreamHead } from '../upstream/attempt.ts'
import type { Pools } from '../upstream/pools.ts'
import type { CompiledConfig, CompiledRoute, CompiledService } from './compiled.ts'
import { Forwarding } from './forward.ts'

interface BackgroundPlace {
  exchange: Exchange
  route: CompiledRoute
  service: CompiledService
  config: CompiledConfig
  pools: Pools
  nowMs(): number
}

/** Asks an upstream for what no client waits for: balanced, repeated and bounded in time like any request, but told to the watch alone. */
export function askInBackground({ headers, watch }: BackgroundRequest, place: BackgroundPlace): void {
  const client = new AbsentClient()
  const exchange = duplicate(place.exchange, { client, method: 'GET', headers })
  exchange.watch = watch
  forward(exchange, client, place, () => watch.onEnd(false))
}

/** Sends a request to another place too, when it goes upstream: at once, or when the last of a streaming body has passed. */
export function sendCopy(copy: RequestCopy, place: BackgroundPlace): void {
  const { exchange } = place
  const { heldBody } = exchange
  if (heldBody === null && exchange.hasBody) {
    // The fields as they are now: a retry of the request may find others.
    const client = new AbsentClient()
    const prepared = prepareCopy(copy, exchange, client)
    const body = new CopiedBody(copy, (whole) => startCopy({ copy, prepared, client, body: whole }, place))
    exchange.watchBody(body)
    exchange.whenEnded(() => body.giveUp())
  } else if (heldBody !== null && (heldBody.byteLength > copy.bodyBytesMax || !copy.reserve(heldBody.byteLength))) copy.onOver(false)
  else {
    const client = new AbsentClient()
    startCopy({ copy, prepared: prepareCopy(copy, exchange, client), client, body: heldBody }, place)
  }
}

function prepareCopy(copy: RequestCopy, exchange: Exchange, client: AbsentClient): Exchange {
  const { host, port, path, headers, timeoutMs } = copy
  const prepared = duplicate(exchange, { client, method: exchange.method, headers })
  Object.assign(prepared.upstream, { host, port, path, connectTimeoutMs: timeoutMs, sendTimeoutMs: timeoutMs, readTimeoutMs: timeoutMs })
  return prepared
}

function startCopy({ copy, prepared, client, body }: { copy: RequestCopy; prepared: Exchange; client: AbsentClient; body: Uint8Array | null }, place: BackgroundPlace): void {
  prepared.heldBody = body
  let isOver = false
  const onOver = () => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    copy.onOver(true)
  }
  const timer = setTimeout(() => {
    client.owner?.onClientGone()
    onOver()
  }, copy.timeoutMs)
  forward(prepared, client, { ...place, service: { ...place.service, retries: 0 } }, onOver)
}

/** Relays to nobody. `onOver` is called when nothing more comes, and may be called again. */
function forward(exchange: Exchange, client: AbsentClient, { route, service, config, pools, nowMs }: BackgroundPlace, onOver: () => void): void {
  const owner = {
    answerTo: ({ status, reason, headers, length }: UpstreamHead) => ({ status, reason, headers, length }),
    onNoAnswer: onOver,
    onBodyRefused: onOver,
    onForwarded: onOver,
    answerInstead: () => {},
    onWatchFailed: onOver,
  }
  try {
    new Forwarding({ exchange, route, service, config, client, pools, answerBufferBytes: 0, nowMs }, owner).start()
  } catch {
    // What could not be sent for the client's own request is told there.
    onOver()
  }
}

/** The request as plugins made it, to be sent on its own. */
function duplicate(original: Exchange, { client, method, headers }: { client: AbsentClient; method: string; headers: Readonly<Record<string, string | null>> }): Exchange {
  const fields = new HeaderList(null, [...original.requestHeaders.entries()].flat())
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) fields.remove(name)
    else fields.set(name, value)
  }
  const copy = new Exchange({ ...original.head, method, headers: fields, upgrade: null, expectsContinue: false }, client)
  const { query, route, service, uriCaptures, matchedPath, consumer, credential, anonymous, authenticatedGroups } = original
  Object.assign(copy.upstream, original.upstream)
  return Object.assign(copy, { query, route, service, uriCaptures, matchedPath, consumer, credential, anonymous, authenticatedGroups })
}

/** Holds a body that streams upstream, as long as there is room for it; then gives it, once and whole. */
class CopiedBody implements BodyWatch {
  readonly #copy: RequestCopy
  readonly #send: (body: Uint8Array) => void
  #pieces: Buffer[] = []
  #size = 0
  #isOver = false

  constructor(copy: RequestCopy, send: (body: Uint8Array) => void) {
    this.#copy = copy
    this.#send = send
  }

  onPiece(piece: Uint8Array): undefined {
    if (this.#isOver) return
    this.#size += piece.byteLength
    if (this.#size > this.#copy.bodyBytesMax || !this.#copy.reserve(piece.byteLength)) this.giveUp()
    else this.#pieces.push(Buffer.from(piece))
  }

  onEnd(): undefined {
    if (this.#isOver) return
    this.#isOver = true
    const pieces = this.#pieces
    this.#pieces = []
    this.#send(Buffer.concat(pieces, this.#size))
  }

  /** Nothing more comes, or there is no room for more. */
  giveUp(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#pieces = []
    this.#copy.onOver(false)
  }
}
