import { argon2, createHmac, randomBytes } from 'node:crypto'

/** OWASP's floor for argon2id, as in the control plane: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const SALT_BYTES = 16

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

/** Argon2id in PHC string format. Some 50 ms on a thread of the pool. */
function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message: password, nonce: salt, ...COST }, (error, tag) => {
      if (error === null) resolve(`$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(salt)}$${unpadded(tag)}`)
      else reject(error)
    })
  })
}

/**
 * Hashes the passwords of a document that is read again and again. One that stands at the same credential as before keeps its hash: nothing is
 * worked out anew, and the revision differs only where the document does. Passwords are remembered under a keyed hash, those of the last
 * document only.
 */
export class PasswordHashes {
  readonly #key = randomBytes(32)
  #known = new Map<string, string>()

  /** Hashing for one reading; `finish` keeps what that met. */
  begin(): { hash(password: string, credentialId: string): Promise<string>; finish(): void } {
    const met = new Map<string, string>()
    return {
      hash: async (password, credentialId) => {
        const place = createHmac('sha256', this.#key).update(`${credentialId}\0${password}`).digest('base64')
        const stored = this.#known.get(place) ?? (await hashPassword(password))
        met.set(place, stored)
        return stored
      },
      finish: () => {
        this.#known = met
      },
    }
  }
}
