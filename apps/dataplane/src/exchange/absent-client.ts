import type { BodySink, ClientOwner, ClientSide } from './client-side.ts'

/** The client's end of a request that the node itself makes: there is no body, and nobody takes the answer. */
export class AbsentClient implements ClientSide {
  owner: ClientOwner | null = null
  readonly length = 0
  readonly isGone = false
  readonly present = false
  readonly holdsBytes = false
  hasAnswered = false

  startBody(sink: BodySink): void {
    sink.onBodyEnd()
  }
  resumeBody(): void {}
  readAhead(): null {
    return null
  }
  read(): Promise<Uint8Array | null> {
    return Promise.resolve(new Uint8Array())
  }
  reply(): void {
    this.hasAnswered = true
  }
  inform(): void {}
  begin(): void {
    this.hasAnswered = true
  }
  write(): boolean {
    return true
  }
  mayPend(): boolean {
    return true
  }
  flush(): void {}
  end(): void {}
  abort(): void {}
  upgrade(): null {
    return null
  }
}
