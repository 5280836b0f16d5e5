import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { contentHash } from '@sluice/shared/content-hash'
import { parseDeclarative } from '@sluice/shared/declarative/parse'
import type { Issue, Snapshot } from '@sluice/shared/snapshot'
import { PasswordHashes } from './password-hashes.ts'

export type ReadResult = { ok: true; snapshot: Snapshot } | { ok: false; issues: Issue[] }

const PASSWORDS = new PasswordHashes()

/** Reads a declarative document into a snapshot with the given number. */
export async function readDocument(text: string, revision: number): Promise<ReadResult> {
  const passwords = PASSWORDS.begin()
  const result = await parseDeclarative(text, PLUGIN_SCHEMAS, {
    randomKey: () => randomBytes(24).toString('base64url'),
    hashPassword: passwords.hash,
  }).catch((error: Error) => ({ ok: false as const, issues: [{ path: '', message: error.message }] }))
  if (!result.ok) return result
  passwords.finish()
  return { ok: true, snapshot: { revision, hash: contentHash(result.entities), entities: result.entities } }
}

/** How often a file is looked at where its file system tells nothing, and how long it must rest before it is read. */
const POLL_INTERVAL_MS = 2_000
const SETTLE_MS = 30

/** Calls `onChange` with the text of the file each time it changes. Editors replace files, so the folder is watched, and polled too. */
export function watchFile(file: string, onChange: (text: string) => void): () => void {
  const stamp = () => {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs}:${size}:${ino}`
  }
  let seen = stamp()
  let settle: NodeJS.Timeout | undefined
  const look = () => {
    clearTimeout(settle)
    settle = setTimeout(() => {
      try {
        const now = stamp()
        if (now === seen) return
        seen = now
        onChange(readFileSync(file, 'utf8'))
      } catch {
        // Replaced at this very moment: the next event or poll finds it.
      }
    }, SETTLE_MS)
  }
  const watcher = watch(dirname(file), (_, name) => {
    if (name === null || name === basename(file)) look()
  })
  const poll = setInterval(look, POLL_INTERVAL_MS)
  poll.unref()
  return () => {
    watcher.close()
    clearInterval(poll)
    clearTimeout(settle)
  }
}
