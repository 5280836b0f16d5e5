import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const CREDENTIAL_BYTES = 32

export interface Bearer {
  kind: 'credential' | 'join token'
  text: string
}

/**
 * What proves this node to the control plane. It is on disk before anybody hears of it: a node that is killed while it enrols comes back
 * with the same one, and the token that is bound to it still works. `credential` is there only once the control plane has accepted it.
 */
export class NodeCredential {
  readonly #accepted: string
  readonly #pending: string

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    this.#accepted = join(dataDir, 'credential')
    this.#pending = join(dataDir, 'credential.pending')
  }

  /**
   * What to dial with, best first. An accepted credential alone is enough; after a refusal the token is worth a try (the node was revoked or
   * removed, and the operator gave it a new one), and so is a credential whose acceptance was not heard.
   */
  bearers(joinToken: string | null): Bearer[] {
    const bearers: { kind: Bearer['kind']; text: string | null }[] = [
      { kind: 'credential', text: read(this.#accepted) },
      { kind: 'join token', text: joinToken },
      { kind: 'credential', text: read(this.#pending) },
    ]
    return bearers.filter((bearer): bearer is Bearer => bearer.text !== null)
  }

  /** SHA-256 of the credential that the join token is traded for; the credential is made where there is none yet. */
  enrolmentSha256(): string {
    const pending = read(this.#pending) ?? randomBytes(CREDENTIAL_BYTES).toString('hex')
    write(this.#pending, pending)
    return createHash('sha256').update(pending).digest('hex')
  }

  /** The control plane knows this bearer as a node's: from now on it is the credential. */
  accepted(bearer: Bearer): void {
    const pending = read(this.#pending)
    if (pending === null || (bearer.kind === 'credential' && bearer.text !== pending)) return
    renameSync(this.#pending, this.#accepted)
  }
}

function read(file: string): string | null {
  if (!existsSync(file)) return null
  const text = readFileSync(file, 'utf8').trim()
  return /^[0-9a-f]{64}$/.test(text) ? text : null
}

/** Synced, then renamed, readable by its owner only. */
function write(file: string, text: string): void {
  const temporary = `${file}.new`
  const handle = openSync(temporary, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(temporary, file)
}
